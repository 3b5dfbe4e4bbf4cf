import { createHash } from 'node:crypto';

/**
 * Which of these has most weight for a key: rendezvous hashing. When one goes, only what it held
 * moves; when one comes, only what it gets moves.
 */
export function highestWeight(ids: readonly string[], key: string): string | undefined {
  let best: { readonly id: string; readonly weight: bigint } | undefined;
  for (const id of ids) {
    const weight = digest64(`${id}\0${key}`);
    if (best === undefined || weight > best.weight || (weight === best.weight && id > best.id))
      best = { id, weight };
  }
  return best?.id;
}

/** Names that have to move from a holder, by the target each belongs to. */
export function misplaced(
  holder: string,
  names: Iterable<string>,
  active: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const moves = new Map<string, string[]>();
  for (const name of names) {
    const owner = highestWeight(active, name);
    if (owner === undefined || owner === holder) continue;
    const known = moves.get(owner);
    if (known === undefined) moves.set(owner, [name]);
    else known.push(name);
  }
  return moves;
}

/** Sixty-four bits of a text: weights, and a node's `id_digest`. */
export function digest64(text: string): bigint {
  return createHash('sha1').update(text).digest().readBigUInt64BE();
}
