import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A host's files as a value, for trees in memory and on disk. */
export type TreeNode =
  | { readonly kind: 'folder'; readonly entries: Map<string, TreeNode> }
  | { readonly kind: 'file'; readonly text: string; readonly size?: number }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'fifo' };

export function folder(entries: Iterable<readonly [string, TreeNode]> = []): TreeNode & { kind: 'folder' } {
  return { kind: 'folder', entries: new Map(entries) };
}

/** Puts a node at a path, making folders on the way and of whatever is in the way. */
export function put(root: TreeNode & { kind: 'folder' }, path: string, node: TreeNode): void {
  const parts = path.split('/').filter(Boolean);
  const name = parts.pop() ?? '';
  let at = root;
  for (const part of parts) {
    const next = at.entries.get(part);
    const into = next?.kind === 'folder' ? next : folder();
    at.entries.set(part, into);
    at = into;
  }
  at.entries.set(name, node);
}

export function putText(root: TreeNode & { kind: 'folder' }, path: string, text: string): void {
  put(root, path, { kind: 'file', text });
}

/** Writes the tree below a real folder that exists. */
export function writeTree(path: string, tree: TreeNode & { kind: 'folder' }): void {
  for (const [name, node] of tree.entries) writeNode(join(path, name), node);
}

function writeNode(path: string, node: TreeNode): void {
  switch (node.kind) {
    case 'folder':
      mkdirSync(path);
      writeTree(path, node);
      break;
    case 'file':
      writeFileSync(path, node.text);
      if (node.size !== undefined) truncateSync(path, node.size);
      break;
    case 'link':
      symlinkSync(node.target, path);
      break;
    case 'fifo':
      execFileSync('mkfifo', [path]);
  }
}
