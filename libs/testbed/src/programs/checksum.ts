import { createHash } from 'node:crypto';

/** The SHA-256 that a checksum file states for `file`: its only content, or on the line that names the file. */
export function publishedChecksum(text: string, file: string): string | undefined {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const alone = lines.length === 1 ? /^[0-9a-f]{64}$/i.exec(lines[0] ?? '') : null;
  if (alone !== null) return alone[0].toLowerCase();
  for (const line of lines) {
    const match = /^([0-9a-f]{64})\s+\*?(.+)$/i.exec(line);
    if (match?.[2] === file) return match[1]?.toLowerCase();
  }
  return undefined;
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
