/**
 * `npm run e2e:node`: every case on real kubelets. Arguments filter cases by a
 * part of their name; `--suite FAMILY` takes those of one family. What needs the network of this machine (programs, images)
 * is made first; the nodes run in namespaces that have none.
 */
import { errorMessage, systemClock } from '@rackwright/core';
import {
  buildImages,
  cacheFolder,
  checkNeeds,
  chownToSudoUser,
  namespacesFolder,
  ProgramResolver,
  runInNamespaces,
  workspaceRoot,
} from '@rackwright/testbed';
import { compare } from './comparison.ts';
import { NodeEnvironment } from './node-environment.ts';
import { clusterPrograms, nodePrograms } from './programs.ts';
import { checkoutVersion, lastResults } from './results.ts';
import { runTier } from './session.ts';

const { env } = process;
const clock = systemClock;
const programs = [...clusterPrograms, ...nodePrograms];
const print = (line: string): void => console.log(line);

process.exitCode = namespacesFolder(env) === undefined ? await outside() : await inside();

async function outside(): Promise<number> {
  const stop = new AbortController();
  const abort = (): void => stop.abort(new Error('interrupted'));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, abort);
  try {
    await checkNeeds(env);
    await new ProgramResolver({ env, clock, progress: print }).resolveAll(programs, stop.signal);
    const images = await buildImages({ clock, env, progress: print, signal: stop.signal });
    return await runInNamespaces({ env: { ...env, RACKWRIGHT_OFFLINE: '1', RACKWRIGHT_IMAGES: images } });
  } catch (error) {
    console.error(`e2e:node: ${errorMessage(error)}`);
    return stop.signal.aborted ? 130 : 1;
  } finally {
    await chownToSudoUser([workspaceRoot, cacheFolder(env)], env);
  }
}

function inside(): Promise<number> {
  return runTier(
    {
      ...{ kind: 'node', programs },
      start: ({ programs, suites, signal, print: progress }) =>
        NodeEnvironment.start({
          programs,
          suites,
          images: env.RACKWRIGHT_IMAGES ?? '',
          env,
          clock,
          signal,
          progress,
        }),
      report: async (results, whole) =>
        compare(await lastResults('simulated'), results, {
          version: await checkoutVersion(),
          required: whole && env.CI === 'true',
        }),
    },
    process.argv.slice(2),
  );
}
