/**
 * `npm run e2e:containers`: the images of the apps, started by docker or
 * podman. Arguments filter cases by a part of their name. A machine with
 * neither skips them, unless `CI=true` and `RACKWRIGHT_REQUIRE_CONTAINERS=1`.
 */
import { errorMessage, systemClock } from '@rackwright/core';
import { buildImages } from '@rackwright/testbed';
import type { Case, CaseResult } from '../case.ts';
import { failureLines, runCases } from '../run-cases.ts';
import { apps } from './apps.ts';
import { type ContainerEngine, openEngine } from './engine.ts';
import { everyImage } from './every-image.ts';
import { loadImages } from './images.ts';
import type { ContainerEnvironment } from './test-environment.ts';

const { env } = process;
const clock = systemClock;
const print = (line: string): void => console.log(line);

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => stop.abort(new Error(`${name} received`)));
}
try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error(`e2e:containers: ${errorMessage(error)}`);
  process.exitCode = stop.signal.aborted ? 130 : 1;
}

async function run(filters: readonly string[]): Promise<number> {
  const cases = [...everyImage, ...apps].filter(
    ({ name }) => filters.length === 0 || filters.some((filter) => name.includes(filter)),
  );
  if (cases.length === 0) {
    console.error(`no case of the images contains ${filters.join(' or ')}`);
    return 1;
  }
  const opened = await openEngine({ env, clock, signal: stop.signal });
  if (!opened.ok) return skip(cases, opened.error);
  await using engine = opened.value;
  print(`starting images with ${engine.name}`);
  const images = await loadImages(
    engine,
    await buildImages({ clock, env, progress: print, signal: stop.signal }),
  );
  return report(await runAll(cases, engine, { clock, signal: stop.signal, images }));
}

function skip(cases: readonly Case<ContainerEnvironment>[], why: string): number {
  const required = env.CI === 'true' && env.RACKWRIGHT_REQUIRE_CONTAINERS === '1';
  const reason = `no container engine: ${why}; install podman or start a docker daemon`;
  for (const { name } of cases) print(`- ${name} (${required ? 'not run' : 'skipped'}: ${reason})`);
  print(required ? `0 passed, ${cases.length} failed` : `0 passed, 0 failed, ${cases.length} skipped`);
  return required ? 1 : 0;
}

async function runAll(
  cases: readonly Case<ContainerEnvironment>[],
  engine: ContainerEngine,
  testEnv: ContainerEnvironment,
) {
  // testcontainers is told by the environment only, and looks when it is first asked for a container.
  if (engine.host !== undefined) process.env.DOCKER_HOST = engine.host;
  process.env.TESTCONTAINERS_HOST_OVERRIDE = '127.0.0.1';
  // Its own cleaner is an image from a registry; the engine is cleaned by us.
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  return runCases(cases, testEnv, { clock, signal: testEnv.signal, print, again: false });
}

function report(results: readonly CaseResult[]): number {
  const broken = failureLines(results);
  for (const line of [...broken, `${results.length - broken.length} passed, ${broken.length} failed`])
    print(line);
  return broken.length === 0 ? 0 : 1;
}
