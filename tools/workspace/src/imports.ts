import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import type { ImportOf } from './boundaries.ts';
import type { Project } from './projects.ts';

/** Every static and dynamic import of a project's TypeScript, generated code aside. */
export async function importsOf(root: string, project: Project): Promise<ImportOf[]> {
  const folder = join(root, project.folder, 'src');
  const names = await readdir(folder, { recursive: true }).catch(() => [] as string[]);
  const sources = names.filter((name) => name.endsWith('.ts') && !name.startsWith('gen/')).sort();
  const found = await Promise.all(sources.map((name) => importsOfFile(join(folder, name))));
  return found.flatMap((imports, i) =>
    imports.map((item) => ({ ...item, project: project.name, file: `${project.folder}/src/${sources[i]}` })),
  );
}

async function importsOfFile(path: string): Promise<Pick<ImportOf, 'specifier' | 'typeOnly'>[]> {
  const source = ts.createSourceFile(path, await readFile(path, 'utf8'), ts.ScriptTarget.Latest, false);
  const found: Pick<ImportOf, 'specifier' | 'typeOnly'>[] = [];
  const visit = (node: ts.Node): void => {
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier !== undefined
    ) {
      found.push({ specifier: textOf(node.moduleSpecifier), typeOnly: isTypeOnly(node) });
    } else if (
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      node.arguments[0]
    ) {
      found.push({ specifier: textOf(node.arguments[0]), typeOnly: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function textOf(node: ts.Expression): string {
  return ts.isStringLiteralLike(node) ? node.text : '';
}
