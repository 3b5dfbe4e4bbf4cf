/**
 * Bundles the app in the current folder: `src/main.ts` and every
 * `src/<name>.main.ts`, also those of the libraries the app declares, each become
 * one ESM file in `dist/apps/<app>/`, beside a metafile that says what is in it.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Takes Node's own modules from `process` in place of importing them. For an
 * import in an ES module Node looks at every export, and some of these load
 * more when looked at: WebSocket of node:http all of undici, for instance.
 * That costs an agent a sixth of its start and 1 MiB.
 */
const builtinsAsTheyAre = {
  name: 'builtins-as-they-are',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }));
  },
};

/**
 * What express brings and no app uses: npm installs the table of media types four
 * times (150 kB each), which is bundled once, and its body parser, which nobody
 * calls, has the tables of Asian character sets (400 kB).
 */
const withoutUnusedTables = {
  name: 'without-unused-tables',
  setup({ onResolve, onLoad, resolve }) {
    const byVersion = new Map();
    onResolve({ filter: /^mime-db$/ }, async ({ path, pluginData, ...rest }) => {
      if (pluginData === 'second') return undefined;
      const found = await resolve(path, { ...rest, pluginData: 'second' });
      if (found.errors.length > 0) return found;
      const { version } = JSON.parse(await readFile(join(dirname(found.path), 'package.json'), 'utf8'));
      if (!byVersion.has(version)) byVersion.set(version, found.path);
      return { ...found, path: byVersion.get(version) };
    });
    onLoad({ filter: /iconv-lite[/]encodings[/]tables[/][^/]*[.]json$/ }, () => ({
      contents: '[]',
      loader: 'json',
    }));
  },
};

const app = basename(process.cwd());
const { version, dependencies = {} } = JSON.parse(await readFile('package.json', 'utf8'));
const outdir = fileURLToPath(new URL(`../../dist/apps/${app}`, import.meta.url));
await rm(outdir, { recursive: true, force: true });
await mkdir(outdir, { recursive: true });

/** What becomes a file of its own: `main.ts` and every `<name>.main.ts`. */
async function entryPoints(folder) {
  const names = (await readdir(folder)).filter((name) => name === 'main.ts' || name.endsWith('.main.ts'));
  return names.map((name) => `${folder}/${name}`);
}

const libraries = Object.keys(dependencies)
  .filter((name) => name.startsWith('@rackwright/'))
  .map((name) => `../../libs/${basename(name)}/src`);
const sources = (await Promise.all(['src', ...libraries].map(entryPoints))).flat();
for (const source of sources) {
  const name = basename(source, source.endsWith('.main.ts') ? '.main.ts' : '.ts');
  const result = await build({
    entryPoints: [source],
    outfile: `${outdir}/${name}.js`,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['@rackwright/source'],
    // grpc-js loads it only to serve its own debugging services, which no app does: 130 kB less.
    external: ['@grpc/proto-loader'],
    define: {
      'process.env.RACKWRIGHT_VERSION': JSON.stringify(version),
      // Leaves out what packages have for development only.
      'process.env.NODE_ENV': '"production"',
    },
    // Bundled CommonJS packages still call require() for Node's own modules.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    plugins: [builtinsAsTheyAre, withoutUnusedTables],
    sourcemap: 'external',
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  await writeFile(`${outdir}/${name}.meta.json`, JSON.stringify(result.metafile));
}
await writeFile(`${outdir}/package.json`, `${JSON.stringify({ name: app, version, type: 'module' })}\n`);
