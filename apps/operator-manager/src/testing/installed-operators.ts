import { join } from 'node:path';
import { type KubeClient, resources } from '@rackwright/kube';
import { runService } from '@rackwright/service';
import {
  type ControlPlane,
  deniedRequests,
  formatDenied,
  freePort,
  serviceAccountUser,
} from '@rackwright/testbed/without-nodes';
import { verifyService } from '../commands/verify.ts';
import { managerService } from '../manager.ts';
import type { Installed } from './family-installation.ts';
import { FakeProcess, podEnvironment } from './replica.ts';

/** An operator that runs under the account of one installation. */
export interface RunningOperator {
  /** What its readiness says; undefined while it is ready. */
  unready(): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** Whole operators of several installations of one cluster, and what they did there. */
export class InstalledOperators implements AsyncDisposable {
  readonly #plane: ControlPlane;
  readonly #admin: KubeClient;
  readonly #running: RunningOperator[] = [];

  constructor({ plane, admin }: { readonly plane: ControlPlane; readonly admin: KubeClient }) {
    this.#plane = plane;
    this.#admin = admin;
  }

  async run(installed: Installed, ...flags: readonly string[]): Promise<RunningOperator> {
    const port = await freePort();
    const argv = [
      ...['--leader-elect', `--namespace=${installed.namespace}`, `--health-probe-bind-address=:${port}`],
      ...flags,
    ];
    const self = new FakeProcess(argv, await this.#environment(installed, 'operator'));
    const exit = runService(managerService('1.2.3'), self);
    const operator = {
      unready: async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/readyz?verbose`);
        return answer.status === 200 ? undefined : await answer.text();
      },
      stop: async () => {
        self.emit('SIGTERM', 'SIGTERM');
        await exit;
      },
    };
    this.#running.push(operator);
    return operator;
  }

  /** What `verify` prints under the account of an operator, and how it ends. */
  async verify(installed: Installed, ...flags: readonly string[]) {
    const argv = [`--namespace=${installed.namespace}`, ...flags];
    const self = new FakeProcess(argv, await this.#environment(installed, 'verify'));
    const code = await runService(verifyService('1.2.3', self.stdout), self);
    return { code, printed: self.printed };
  }

  async #environment(installed: Installed, what: string): Promise<NodeJS.ProcessEnv> {
    const connection = await this.#plane.serviceAccount(installed);
    return podEnvironment(join(this.#plane.folder, `${what}-${installed.name}`), connection);
  }

  /** What an object says while an installation looks after it. */
  async claimOf(installed: Installed): Promise<string> {
    const { metadata } = await this.#admin.get(resources.serviceAccounts, installed);
    return `${installed.namespace}/${installed.name}/${metadata?.uid}`;
  }

  /** What an operator changed: everything but its events. */
  async writesOf(operator: Installed): Promise<string[]> {
    const user = serviceAccountUser(operator);
    const audit = await this.#plane.auditEvents({ user: (name) => name === user });
    return audit
      .filter(({ verb, resource }) => !['get', 'list', 'watch'].includes(verb) && resource !== 'events')
      .map(({ verb, resource, name }) => `${verb} ${resource} ${name}`);
  }

  /** What was said in events about standing by, with the kind and the name it is about. */
  async standingBy(): Promise<string[]> {
    const { items } = await this.#admin.list(resources.events, { namespace: 'default' });
    return items
      .filter(({ reason }) => reason === 'StandingBy')
      .map(({ note, regarding }) => `${regarding?.kind} ${regarding?.name}: ${note}`);
  }

  /** What any of them was refused. */
  async denied(...operators: readonly Installed[]): Promise<string[]> {
    const users = operators.map(serviceAccountUser);
    const audit = await this.#plane.auditEvents({ user: (name) => users.includes(name) });
    return deniedRequests(audit).map(formatDenied);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running.map((operator) => operator.stop()));
  }
}
