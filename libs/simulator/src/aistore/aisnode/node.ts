import { errorMessage } from '@rackwright/core';
import { parseObject } from '../process/json.ts';
import { FatalError, ownPath, type Program } from '../process/program.ts';
import { type NodeArguments, parseNodeArguments } from './arguments.ts';
import type { ClusterState } from './cluster-state.ts';
import { fullConfig, isOn, isRefusal } from './config.ts';
import { Election } from './election.ts';
import { FrontEnd } from './front-end.ts';
import { Journal } from './journal.ts';
import { Keepalive } from './keepalive.ts';
import { readKnobs } from './knobs.ts';
import { type LocalConfig, readLocalConfig, readText } from './local-config.ts';
import { openLog } from './log-file.ts';
import { Membership } from './membership.ts';
import { checkedMountpaths } from './mountpaths.ts';
import { type NodeContext, nodeName } from './node-context.ts';
import { ObjectStore } from './objects.ts';
import { Peers } from './peers.ts';
import { Primary } from './primary.ts';
import { Routes } from './routes.ts';
import { listenAddresses, newId, ownNode } from './self.ts';
import { StateFiles } from './state-files.ts';
import { StateStore } from './state-store.ts';
import { timings } from './timings.ts';
import { readTls } from './tls.ts';

/** How long an answer has to get out before the process ends, in milliseconds. */
const lastAnswerMs = 50;

/**
 * Runs a node until it ends.
 *
 * @throws FatalError for what the real program does not start with, or ends on
 */
export async function runNode(program: Program): Promise<void> {
  const args = parseNodeArguments(program.argv);
  const knobs = readKnobs(program);
  if (knobs.faults.badStart !== undefined) throw new FatalError(knobs.faults.badStart);
  const local = readLocalConfig(ownPath(program, args.local_config), args.local_config);
  if (knobs.dialect === '5.0' && local.port === local.controlPort) {
    throw new FatalError(`public and intra-cluster control ports must differ (both are ${local.port})`);
  }
  const mountpaths = args.role === 'target' ? checkedMountpaths(program, local) : new Map<string, string>();
  const files = new StateFiles(args.role, {
    confdir: ownPath(program, local.confdir),
    mountpaths: [...mountpaths.values()],
    initialConfig: [args.config, args.local_config].map((path) => ownPath(program, path)),
  });
  const initial = initialState(program, args, files);
  const { value: config } = initial.config;
  const tls = readTls(program, config);
  const id = args.daemon_id ?? files.loadId() ?? newId(args.role);
  files.saveId(id);
  const nonElectable = isOn(config, 'proxy', 'non_electable');
  const self = ownNode(program, { id, role: args.role, local, isSecure: tls !== undefined, nonElectable });
  const ended = new AbortController();
  const log = logTo(program, args, local);
  const { clock, env } = program;
  const node: NodeContext = {
    ...{ self, role: args.role, dialect: knobs.dialect, clock, files, log, signal: ended.signal },
    times: timings(knobs.pace),
    state: new StateStore(files, id, initial),
    peers: new Peers({ id, clock, env, tls: tls?.peers ?? { skipVerify: false } }),
    journal: new Journal(),
    faults: { current: knobs.faults },
    started: { value: false },
    leave: (code) => {
      ended.abort(new Error('told to leave'));
      clock.timer(lastAnswerMs, () => program.exit(code));
    },
  };
  const primary = new Primary(node);
  const election = new Election(node, primary);
  const keepalive = new Keepalive(node, primary, election);
  const routes = new Routes(
    node,
    { primary, election, keepalive, objects: new ObjectStore(mountpaths) },
    env.AIS_AUTHN_SECRET_KEY ?? '',
  );
  const membership = new Membership(node, args.ntargets);
  program.onStop(() => {
    if (ended.signal.aborted) return;
    log('stopping');
    ended.abort(new Error('stopped'));
    membership.exit().then(
      () => program.exit(0),
      () => program.exit(0),
    );
  });
  await new FrontEnd(node, (call) => routes.answer(call)).listen(
    listenAddresses(program, local),
    tls?.server,
  );
  log(`${nodeName(self)} listens at ${self.public_net.direct_url}`);
  try {
    await membership.enter();
    await keepalive.run();
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  }
}

/** What was kept from the last time; the first time what the file of the command line says. */
function initialState(program: Program, args: NodeArguments, files: StateFiles): ClusterState {
  const text = readText(ownPath(program, args.config), args.config);
  const file = parseObject(text);
  if (file === undefined) throw new FatalError(`failed to load cluster config "${args.config}": not JSON`);
  const custom = parseObject(args.config_custom ?? '{}') ?? {};
  const config = fullConfig({ ...file, ...custom });
  if (isRefusal(config))
    throw new FatalError(`failed to load cluster config "${args.config}": ${config.refused}`);
  return {
    smap: undefined,
    bmd: { version: 0, buckets: [] },
    config: { version: 1, value: config },
    rmd: { version: 0, state: 'done' },
    ...files.load(),
  };
}

/** The log's file, and the lines on the terminal, which the real program has for what ends it. */
function logTo(program: Program, { role }: NodeArguments, local: LocalConfig): (line: string) => void {
  const { env, pid, clock } = program;
  try {
    return openLog(ownPath(program, local.logDir), {
      role,
      hostname: env.HOSTNAME ?? 'localhost',
      pid,
      clock,
    });
  } catch (error) {
    throw new FatalError(`failed to open the log in "${local.logDir}": ${errorMessage(error)}`);
  }
}
