import { apps, type HeavyPackage } from '@rackwright/registry';
import type { Project } from './projects.ts';

/** One import statement of a project's source. */
export interface ImportOf {
  readonly project: string;
  readonly file: string;
  /** The module specifier as written. */
  readonly specifier: string;
  /** True when only types are imported, which costs nothing at run time. */
  readonly typeOnly: boolean;
}

/** Packages that only apps load whose entry in the registry says so (DESIGN.md decision 7). */
const heavyPackages: readonly string[] = [
  'express',
  'undici',
  '@kubernetes/client-node',
  'zod',
  'ajv',
] satisfies HeavyPackage[];

/** What is loaded without the rest of its library, beside the index: a generator, and a test environment without nodes. */
const otherDoors = ['generate', 'without-nodes'];

/**
 * The boundary rule of DESIGN.md: a library imports only from lower floors,
 * apps import only libraries, shipped code never imports test libraries, and
 * what is imported is declared. Returns one sentence per violation.
 */
export function boundaryViolations(projects: readonly Project[], imports: readonly ImportOf[]): string[] {
  const byName = new Map(projects.map((project) => [project.name, project]));
  const violations = projects.flatMap((project) => carriedViolations(project, byName));
  for (const item of imports) {
    const from = byName.get(item.project);
    if (from === undefined) continue;
    const why = violation(from, item, byName);
    if (why !== undefined) violations.push(`${item.file}: ${why}`);
  }
  return violations.concat(projects.flatMap(declaredViolations(byName)));
}

function violation(from: Project, item: ImportOf, byName: ReadonlyMap<string, Project>): string | undefined {
  const target = packageOf(item.specifier);
  if (target === undefined || target === from.name) return undefined;
  if (isTest(item.file)) return undefined;
  const to = byName.get(target);
  if (to === undefined) return externalViolation(from, target, item.typeOnly);
  if (item.specifier !== target && !otherDoors.some((door) => item.specifier === `${target}/${door}`)) {
    return `imports ${item.specifier}; a library has one door, its index`;
  }
  if (!from.dependencies.includes(target))
    return `imports ${target}, which ${from.folder}/package.json does not declare`;
  return levelViolation(from, to);
}

/** The libraries of this floor are for the apps that may load what they load. */
const serverFloor = 5;

/** What an app would load with the libraries of the highest floor that it declares. */
function carriedViolations(from: Project, byName: ReadonlyMap<string, Project>): string[] {
  if (from.level !== 'app') return [];
  return from.dependencies.flatMap((name) => {
    const library = byName.get(name);
    if (library?.level !== serverFloor) return [];
    return library.external
      .map((target) => heavyViolation(from, target))
      .filter((why) => why !== undefined)
      .map((why) => `${from.folder}/package.json: ${name}: ${why}`);
  });
}

function heavyViolation(from: Project, target: string): string | undefined {
  if (from.level !== 'app' || !heavyPackages.includes(target)) return undefined;
  const app = apps.find(({ name }) => from.folder === `apps/${name}`);
  if (app?.mayLoad.some((name) => name === target)) return undefined;
  // Of an app that is not registered nobody knows where it runs.
  const what = app === undefined ? 'an app that is not registered' : `a ${app.kind}`;
  return `${what} must not load ${target}; libs/registry says what it may`;
}

function externalViolation(from: Project, target: string, typeOnly: boolean): string | undefined {
  if (typeOnly) return undefined;
  const heavy = heavyViolation(from, target);
  if (heavy !== undefined) return heavy;
  if (from.external.includes(target) || from.level === 'tool') return undefined;
  return `imports ${target}, which ${from.folder}/package.json does not declare`;
}

function levelViolation(from: Project, to: Project): string | undefined {
  if (from.level === 'tool') return undefined;
  if (to.level === 'app' || to.level === 'tool') return `imports ${to.name}; only libraries may be imported`;
  if (from.level === 'test') return undefined;
  if (to.level === 'test') return `imports the test library ${to.name} outside a test`;
  if (from.level === 'app' || from.level > to.level) return undefined;
  return `floor ${from.level} imports ${to.name} of floor ${to.level}; only lower floors may be imported`;
}

/** The same rule over the declared graph, so that nothing hides in package.json. */
function declaredViolations(byName: ReadonlyMap<string, Project>) {
  return (from: Project): string[] =>
    from.dependencies.flatMap((name) => {
      const to = byName.get(name);
      const why = to === undefined ? `declares ${name}, which does not exist` : levelViolation(from, to);
      return why === undefined ? [] : [`${from.folder}/package.json: ${why}`];
    });
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts') || file.includes('/testing/');
}

/** The package a specifier belongs to; undefined for relative paths, Node's own modules and computed specifiers. */
export function packageOf(specifier: string): string | undefined {
  if (specifier === '') return undefined;
  if (specifier.startsWith('.') || specifier.startsWith('node:') || specifier.startsWith('/'))
    return undefined;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
