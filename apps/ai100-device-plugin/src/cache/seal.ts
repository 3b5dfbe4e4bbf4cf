import { readFile } from 'node:fs/promises';
import { writeFileDurable } from '@rackwright/host';
import { fileSystemUuid } from './names.ts';

/** Name of the file, in the top folder of a file system, that says which volume it was made for. */
const sealName = '.ai100-volume.json';

/** Seals a file system: written and synced, with its folder, once the file system is complete. */
export async function writeSeal(folder: string, lvUuid: string): Promise<void> {
  await writeFileDurable(`${folder}/${sealName}`, sealOf(lvUuid), { mode: 0o600 });
}

/** Whether a file system bears the seal of this volume. */
export async function hasSeal(folder: string, lvUuid: string): Promise<boolean> {
  const text = await readFile(`${folder}/${sealName}`, 'utf8').catch(() => '');
  return text === sealOf(lvUuid);
}

function sealOf(lvUuid: string): string {
  return `${JSON.stringify({ schemaVersion: 1, lvUuid, fsUuid: fileSystemUuid(lvUuid) })}\n`;
}
