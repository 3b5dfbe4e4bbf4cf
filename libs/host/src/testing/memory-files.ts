import { dirname, join, normalize } from 'node:path';
import { type HostFileStat, type HostReader, HostRoot } from '../index.ts';
import type { TreeNode } from './tree.ts';

/** `HostFiles` over a tree in memory, with the same bounds. */
export class MemoryFiles implements HostReader {
  readonly root = new HostRoot('/in-memory');
  /** Most nodes touched by one call so far. */
  longestWalk = 0;
  readonly #tree: TreeNode;

  constructor(tree: TreeNode) {
    this.#tree = tree;
  }

  readText(hostPath: string): string | undefined {
    const node = this.#walk(hostPath)?.node;
    return node?.kind === 'file' ? node.text.slice(0, 64 * 1024) : undefined;
  }

  readTrimmed(hostPath: string): string | undefined {
    const text = this.readText(hostPath)?.replace(/^[\s\0]+|[\s\0]+$/g, '');
    return text === '' ? undefined : text;
  }

  readInteger(hostPath: string): number | undefined {
    const value = Number(this.readTrimmed(hostPath));
    return Number.isSafeInteger(value) ? value : undefined;
  }

  list(hostPath: string): string[] {
    const node = this.#walk(hostPath)?.node;
    return node?.kind === 'folder' ? [...node.entries.keys()].slice(0, 4096) : [];
  }

  readLink(hostPath: string): string | undefined {
    const parent = this.#walk(dirname(join('/', hostPath)))?.node;
    const name = hostPath.slice(hostPath.lastIndexOf('/') + 1);
    const node = parent?.kind === 'folder' ? parent.entries.get(name) : undefined;
    return node?.kind === 'link' ? node.target : undefined;
  }

  stat(hostPath: string): HostFileStat | undefined {
    const node = this.#walk(hostPath)?.node;
    if (node === undefined) return undefined;
    return {
      size: node.kind === 'file' ? (node.size ?? Buffer.byteLength(node.text)) : 0,
      rdev: 0,
      isFile: () => node.kind === 'file',
      isDirectory: () => node.kind === 'folder',
      isCharacterDevice: () => false,
    };
  }

  exists(hostPath: string): boolean {
    return this.#walk(hostPath) !== undefined;
  }

  resolve(hostPath: string): string | undefined {
    return this.#walk(hostPath)?.path;
  }

  batch<T>(look: () => T): T {
    return look();
  }

  #walk(hostPath: string): { path: string; node: TreeNode } | undefined {
    if (hostPath.includes('\0')) return undefined;
    const todo = normalize(join('/', hostPath)).split('/').filter(Boolean).reverse();
    const done: [string, TreeNode][] = [];
    let links = 0;
    let steps = 0;
    for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
      this.longestWalk = Math.max(this.longestWalk, ++steps);
      if (steps > 256) return undefined;
      if (part === '.') continue;
      if (part === '..') {
        done.pop();
        continue;
      }
      const at = done.at(-1)?.[1] ?? this.#tree;
      const next = at.kind === 'folder' ? at.entries.get(part) : undefined;
      if (next === undefined) return undefined;
      if (next.kind !== 'link') {
        done.push([part, next]);
        continue;
      }
      if (++links > 40) return undefined;
      if (next.target.startsWith('/')) done.length = 0;
      todo.push(...next.target.split('/').filter(Boolean).reverse());
    }
    const path = `/${done.map(([name]) => name).join('/')}`;
    return { path, node: done.at(-1)?.[1] ?? this.#tree };
  }
}
