import type { Clock } from '@rackwright/core';
import type { RunOutcome } from '@rackwright/host';
import type { KubeClient } from '@rackwright/kube';
import type { SimulatedHost } from '@rackwright/simulator';
import type { LoadBalancer, TopologyPolicy } from '@rackwright/testbed';
import type { BackgroundCommand } from './background-command.ts';
import type { RightsAudit } from './rights.ts';

/** A node of an environment and the hardware it was given. */
export interface TestNode {
  readonly name: string;
  /** NICs it was started with: how many physical functions, and which generation; none on a plain node. */
  readonly nics: { readonly count: number; readonly generation?: 1 | 2 };
  /** The host tree agents look at, to inject faults into. */
  readonly host: SimulatedHost;
  restartKubelet(): Promise<void>;
  /** The kubelet starts again with another Topology Manager policy. */
  alignDevices(policy: TopologyPolicy): Promise<void>;
  /** What only a real node has; absent on a simulated one. */
  readonly real?: NodeControl;
}

/** What can be done to a real node and seen on it. */
export interface NodeControl {
  /** The power fails and comes back: no process survives, /run is empty, the disk is as it was. */
  restart(): Promise<void>;
  /** Everything its kubelets logged. */
  kubeletLog(): Promise<string>;
  /** Names of the files in the kubelet's device plugin folder. */
  pluginFolder(): Promise<readonly string[]>;
  /** When the container runtime had started container `id`, milliseconds since the epoch. */
  startedAt(id: string): Promise<number | undefined>;
  /** When the kubelet took pod `namespace/name` for ready, milliseconds since the epoch. */
  readyAt(pod: string): Promise<number | undefined>;
  /** Gives an image of the node a second name. */
  tagImage(from: string, to: string): Promise<void>;
}

/** A cluster with Rackwright installed, whatever it is made of. */
export interface TestEnvironment {
  readonly kind: 'simulated' | 'node';
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Namespace of the installation. */
  readonly namespace: string;
  /** Name of the CXIDriver the chart created. */
  readonly driver: string;
  /** Values the chart was installed with because the environment is what it is, as `--set` expressions. */
  readonly values: readonly string[];
  readonly nodes: readonly TestNode[];
  /** Gives Services of type LoadBalancer their addresses; can be late or refuse. */
  readonly loadBalancer: Pick<LoadBalancer, 'behave'>;
  /** A client with all rights. */
  readonly kube: KubeClient;
  /** Kubeconfig file with all rights. */
  readonly kubeconfig: string;
  readonly auditLog: string;
  /** What the installation's accounts ask for, beside what they may. */
  readonly rights: RightsAudit;
  kubectl(...args: string[]): Promise<RunOutcome>;
  /** The same with a text to read, as in `kubectl apply -f -`. */
  kubectlWithInput(input: string, ...args: string[]): Promise<RunOutcome>;
  /** kubectl that goes on until it is disposed. */
  kubectlInBackground(...args: string[]): Promise<BackgroundCommand>;
  /** Helm 3. */
  helm(this: void, ...args: string[]): Promise<RunOutcome>;
  /** Helm 4. */
  helm4(this: void, ...args: string[]): Promise<RunOutcome>;
  actionlint(...args: string[]): Promise<RunOutcome>;
  kubeconform(...args: string[]): Promise<RunOutcome>;
  /** Folder of the umbrella chart. */
  readonly chart: string;
  /** Where a pod listens, for this process. */
  podAddress(pod: { readonly namespace: string; readonly name: string }): Promise<string>;
  /** Text of an HTTP GET on a pod's port. */
  fetchFromPod(
    pod: { readonly namespace: string; readonly name: string },
    port: number,
    path: string,
  ): Promise<string>;
  /** Times, milliseconds since the epoch, at which the API server was away or not ready yet. */
  readonly outages: readonly { readonly from: number; readonly to: number }[];
  stopApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
}
