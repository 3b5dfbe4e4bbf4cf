import { hexOf } from '../digest.ts';
import type { Findings } from './findings.ts';
import type { ScannedImage, ScannedLayer } from './scan.ts';

/** A Markdown table. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n');
}

/** What was scanned, as Markdown for the documentation. */
export function scanReport(images: readonly ScannedImage[]): string {
  return [sizes(images), starts(images), layers(images), contents(images)].join('\n\n');
}

function sizes(images: readonly ScannedImage[]): string {
  const rows = images.map(({ name, layers: own }) => {
    const shared = own.filter((layer) => usersOf(layer, images).length > 1);
    const alone = own.filter((layer) => !shared.includes(layer));
    return [
      name,
      ...[sum(own, 'compressed'), sum(own, 'unpacked'), sum(alone, 'compressed'), sum(alone, 'unpacked')].map(
        megabytes,
      ),
    ];
  });
  const every = distinctLayers(images);
  const total = [
    'all together, shared layers once',
    megabytes(sum(every, 'compressed')),
    megabytes(sum(every, 'unpacked')),
    '',
    '',
  ];
  return table(['image', 'compressed', 'unpacked', 'its own part, compressed', 'unpacked'], [...rows, total]);
}

function starts(images: readonly ScannedImage[]): string {
  return table(
    ['image', 'user', 'entry point'],
    images.map(({ name, user, entrypoint }) => [name, user, `\`${entrypoint.join(' ')}\``]),
  );
}

function layers(images: readonly ScannedImage[]): string {
  const rows = distinctLayers(images).map((layer) => [
    `\`${hexOf(layer.digest).slice(0, 12)}\``,
    `\`${layer.createdBy}\``,
    megabytes(layer.compressed),
    usersOf(layer, images).length === images.length ? 'all' : usersOf(layer, images).join(', '),
  ]);
  return table(['layer', 'made by', 'compressed', 'in'], rows);
}

function contents(images: readonly ScannedImage[]): string {
  const cell = (paths: readonly string[]): string => (paths.length === 0 ? 'none' : paths.join(' '));
  const columns: readonly [string, keyof Findings][] = [
    ['set-uid, set-gid', 'setId'],
    ['writable by everybody', 'worldWritable'],
    ['writable by its user', 'writable'],
    ['shells, package managers', 'tools'],
    ['file capabilities', 'capabilities'],
    ['programs', 'programs'],
  ];
  return table(
    ['image', ...columns.map(([head]) => head)],
    images.map(({ name, findings }) => [name, ...columns.map(([, key]) => cell(findings[key]))]),
  );
}

function distinctLayers(images: readonly ScannedImage[]): ScannedLayer[] {
  const byDigest = new Map(images.flatMap((image) => image.layers.map((layer) => [layer.digest, layer])));
  return [...byDigest.values()];
}

function usersOf(layer: ScannedLayer, images: readonly ScannedImage[]): string[] {
  return images
    .filter((image) => image.layers.some(({ digest }) => digest === layer.digest))
    .map(({ name }) => name);
}

function sum(layers: readonly ScannedLayer[], key: 'compressed' | 'unpacked'): number {
  return layers.reduce((total, layer) => total + layer[key], 0);
}

/** Registries and `docker images` count in powers of ten. */
function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
