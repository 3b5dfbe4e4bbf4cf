import type { AisNode, ClusterMap } from '@rackwright/aistore';
import type { AIStore } from '@rackwright/api';
import { kubernetes } from '@rackwright/keys';
import {
  type Job,
  type KubeObject,
  keyOf,
  type Node,
  type Pod,
  type PodDisruptionBudget,
  type Service,
  type StatefulSet,
} from '@rackwright/kube';
import type { AisCall } from '../aistore/calls.ts';
import { names, type Role, roles } from '../aistore/identity.ts';
import { type ConfigPart, merged } from '../aistore/manifests/cluster-config.ts';
import { nothingRelated, type Related } from '../aistore/observed/related.ts';
import type { Plan } from '../aistore/plan/plan.ts';
import type { Snapshot } from '../aistore/snapshot.ts';

/** A node of AIStore in the model. */
interface ModelNode {
  readonly role: Role;
  readonly ordinal: number;
  readonly id: string;
  inMaintenance: boolean;
  decommissioning: boolean;
  postRebalance: boolean;
}

interface ModelPod {
  readonly role: Role;
  readonly ordinal: number;
  readonly uid: string;
  readonly revision: string;
  age: number;
  /** Its image cannot be had. */
  broken: boolean;
  /** Its node was decommissioned: it ends whenever it is started. */
  wiped: boolean;
  /** Its node takes no pods. */
  isPending: boolean;
}

/** What a model is told to do wrong. */
export interface ModelFaults {
  /** Images that cannot be pulled. */
  readonly badImages: ReadonlySet<string>;
  /** Jobs end with an error. */
  jobsFail?: boolean;
  /** Names of load balancers that get no address. */
  readonly unaddressed?: Set<string>;
  /** No rebalance ends. */
  rebalanceHangs?: boolean;
}

/**
 * Kubernetes and AIStore as far as a cluster meets them, in memory and in steps: StatefulSets with
 * Parallel and OnDelete, pods that become ready after a step, a cluster map that nodes join and
 * leave, and objects, each on one target. An object is lost when its target goes without having
 * been decommissioned by a rebalance.
 */
export class ModelCluster {
  readonly objects = new Map<string, KubeObject>();
  readonly lost: string[] = [];
  readonly nodes: Node[] = [];
  /** AIStores beside this one. */
  readonly others: AIStore[] = [];
  /** How often a rebalance was started. */
  rebalances = 0;
  /** Jobs that ran to their end. */
  jobsRun = 0;
  namespaceEnds = false;
  /** Names of nodes that take no more pods. */
  readonly cordoned = new Set<string>();
  readonly faults: ModelFaults;
  /** What is not watched. */
  related: Related = nothingRelated;
  cluster: AIStore;
  config: Record<string, unknown> = { rebalance: { enabled: true } };
  #pods: ModelPod[] = [];
  #nodes: ModelNode[] = [];
  #primary = '';
  #uid = 0;
  #version = 1n;
  #rebalancing: ModelNode | undefined;
  /** Objects of each target, by its id. */
  readonly data = new Map<string, number>();
  now = Date.parse('2026-01-01T00:00:00Z');

  constructor(cluster: AIStore, faults: ModelFaults = { badImages: new Set() }) {
    this.cluster = cluster;
    this.faults = faults;
  }

  get activeTargets(): number {
    return this.#nodes.filter((node) => node.role === 'target' && isIn(node)).length;
  }

  snapshot(): Snapshot {
    const { name = '', namespace = '' } = this.cluster.metadata ?? {};
    const live = [...this.objects.values()];
    const kind = <T extends KubeObject>(wanted: string): T[] =>
      live.filter((object) => object.kind === wanted) as T[];
    const hasProxy = this.#pods.some((pod) => pod.role === 'proxy' && this.#isReady(pod));
    return {
      ...{ key: `${namespace}/${name}`, cluster: this.cluster, live, now: this.now, related: this.related },
      others: this.others,
      statefulSets: kind<StatefulSet>('StatefulSet').map((set) => this.#withStatus(set)),
      services: kind<Service>('Service').map((service) => this.#withAddress(service)),
      pods: this.#pods.map((pod) => this.#podObject(pod)),
      ...{
        claims: [],
        nodes: [...this.nodes, ...[...this.cordoned].map(cordonedNode)],
        hasProxy,
        namespaceEnds: this.namespaceEnds,
      },
      ais: hasProxy
        ? {
            ...{ at: this.now, isReady: true, map: this.#map(), config: this.config as ConfigPart },
            rebalance: {
              id: 'g1',
              running: this.#rebalancing !== undefined,
              aborted: false,
              endTime: undefined,
              error: '',
            },
          }
        : undefined,
    };
  }

  /** Does what a plan says, as far as Kubernetes and AIStore would. */
  carryOut(plan: Plan): void {
    for (const call of plan.calls) this.#call(call);
    for (const { verb, object } of plan.actions) {
      if (verb === 'delete') this.objects.delete(identity(object));
      else if (verb !== 'refuse') this.#apply(object);
    }
    for (const { uid } of plan.restarts) this.#end(this.#pods.find((pod) => pod.uid === uid));
  }

  /** Lets a moment pass: pods are made, become ready, join; a rebalance ends. */
  step(): void {
    this.now += 5_000;
    if (!this.faults.rebalanceHangs) this.#finishRebalance();
    for (const role of roles) this.#runSet(role);
    this.#runJobs();
    for (const pod of this.#pods) {
      if (pod.isPending && !this.cordoned.has(nodeOf(pod))) pod.isPending = false;
      pod.age += pod.isPending ? 0 : 1;
      if (this.#isReady(pod)) this.#join(pod);
    }
    this.#electPrimary();
  }

  /**
   * Evicts the pod of a target as the API server would, or says why not (policy/v1, with a budget
   * of none that may be unavailable).
   */
  evict(ordinal: number): string | undefined {
    const pod = this.#pods.find((one) => one.role === 'target' && one.ordinal === ordinal);
    const budget = [...this.objects.values()].find(({ kind }) => kind === 'PodDisruptionBudget');
    if (pod === undefined) return 'not found';
    const { spec } = (budget ?? {}) as PodDisruptionBudget;
    const node = this.#nodes.find((one) => one.role === 'target' && one.ordinal === ordinal);
    const isReady = this.#isReady(pod) && node !== undefined && isIn(node);
    if (spec !== undefined && (isReady || spec.unhealthyPodEvictionPolicy !== 'AlwaysAllow'))
      return "Cannot evict pod as it would violate the pod's disruption budget.";
    if ((this.data.get(idOf('target', ordinal)) ?? 0) > 0)
      this.lost.push(`target ${ordinal} went with its objects`);
    this.#end(pod);
    return undefined;
  }

  /** Puts an object on each active target. */
  fill(): void {
    for (const { role, id } of this.#nodes)
      if (role === 'target') this.data.set(id, (this.data.get(id) ?? 0) + 1);
  }

  #apply(object: KubeObject): void {
    const found = this.objects.get(identity(object));
    const uid = found?.metadata?.uid ?? `uid-${++this.#uid}`;
    const generation = (found?.metadata?.generation ?? 0) + 1;
    this.objects.set(identity(object), {
      ...object,
      metadata: { ...object.metadata, uid, generation },
    } as KubeObject);
  }

  #set(role: Role): StatefulSet | undefined {
    const { name = '' } = this.cluster.metadata ?? {};
    return [...this.objects.values()].find(
      ({ kind, metadata }) => kind === 'StatefulSet' && metadata?.name === names.role(name, role),
    ) as StatefulSet | undefined;
  }

  #runJobs(): void {
    for (const [key, object] of this.objects) {
      const { kind, status } = object as Job;
      if (kind !== 'Job' || status !== undefined) continue;
      this.objects.set(key, {
        ...object,
        status: {
          conditions: [
            this.faults.jobsFail === true
              ? { type: 'Failed', status: 'True', message: 'Job has reached the specified backoff limit' }
              : { type: 'Complete', status: 'True' },
          ],
        },
      } as Job);
      this.jobsRun++;
    }
  }

  #runSet(role: Role): void {
    const set = this.#set(role);
    const own = this.#pods.filter((pod) => pod.role === role);
    const replicas = set?.spec?.replicas ?? 0;
    for (const pod of own.filter(({ ordinal }) => ordinal >= replicas)) this.#end(pod);
    if (set === undefined) return;
    const revision = revisionOf(set);
    const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
    if (type !== 'OnDelete') {
      const partition = rollingUpdate?.partition ?? 0;
      for (let ordinal = replicas - 1; ordinal >= partition; ordinal--) {
        const pod = this.#pods.find((one) => one.role === role && one.ordinal === ordinal);
        if (pod === undefined) continue;
        if (pod.revision !== revision) {
          this.#end(pod);
          break;
        }
        if (!this.#isReady(pod)) break;
      }
    }
    for (let ordinal = 0; ordinal < replicas; ordinal++) {
      if (this.#pods.some((pod) => pod.role === role && pod.ordinal === ordinal)) continue;
      const partition = rollingUpdate?.partition ?? 0;
      const former = this.#formerRevision.get(role) ?? revision;
      this.#pods.push({
        ...{ role, ordinal, uid: `pod-${++this.#uid}`, age: 0, wiped: false },
        revision: type !== 'OnDelete' && ordinal < partition ? former : revision,
        broken: this.faults.badImages.has(imageOf(set)),
        isPending: this.cordoned.has(nodeOf({ role, ordinal })),
      });
    }
    const all = this.#pods.filter((pod) => pod.role === role);
    if (all.every((pod) => pod.revision === revision)) this.#formerRevision.set(role, revision);
  }

  readonly #formerRevision = new Map<Role, string>();

  #isReady({ age, broken, wiped, isPending }: ModelPod): boolean {
    return age >= 2 && !broken && !wiped && !isPending;
  }

  #end(pod: ModelPod | undefined): void {
    if (pod === undefined) return;
    this.#pods = this.#pods.filter((one) => one !== pod);
    // SIGTERM takes a node out of the map at once.
    this.#nodes = this.#nodes.filter((node) => !(node.role === pod.role && node.ordinal === pod.ordinal));
    this.#version += 1n;
    const set = this.#set(pod.role);
    const isGone = pod.role === 'target' && pod.ordinal >= (set?.spec?.replicas ?? 0);
    const id = idOf(pod.role, pod.ordinal);
    if (isGone && set !== undefined && (this.data.get(id) ?? 0) > 0 && (set.spec?.replicas ?? 0) > 0)
      this.lost.push(`${id} went with ${this.data.get(id)} objects`);
  }

  #join(pod: ModelPod): void {
    if (this.#nodes.some(({ role, ordinal }) => role === pod.role && ordinal === pod.ordinal)) return;
    this.#nodes.push({
      ...{ role: pod.role, ordinal: pod.ordinal, id: idOf(pod.role, pod.ordinal) },
      ...{ inMaintenance: false, decommissioning: false, postRebalance: false },
    });
    this.#version += 1n;
  }

  #electPrimary(): void {
    const proxies = this.#nodes.filter(({ role }) => role === 'proxy');
    if (!proxies.some(({ id }) => id === this.#primary)) this.#primary = proxies[0]?.id ?? '';
  }

  #finishRebalance(): void {
    const node = this.#rebalancing;
    this.#rebalancing = undefined;
    if (node === undefined) return;
    const [heir] = this.#nodes.filter((one) => one.role === 'target' && isIn(one));
    if (heir !== undefined)
      this.data.set(heir.id, (this.data.get(heir.id) ?? 0) + (this.data.get(node.id) ?? 0));
    if (heir !== undefined) this.data.set(node.id, 0);
    if (node.decommissioning) this.#remove(node);
    else node.postRebalance = true;
  }

  #remove(node: ModelNode): void {
    this.#nodes = this.#nodes.filter((one) => one !== node);
    for (const pod of this.#pods)
      if (pod.role === node.role && pod.ordinal === node.ordinal) pod.wiped = true;
    this.#version += 1n;
  }

  #call(call: AisCall): void {
    if (call.kind === 'set config') {
      this.config = merged(this.config as ConfigPart, call.config) as Record<string, unknown>;
      return;
    }
    if (call.kind === 'rebalance') {
      this.rebalances++;
      this.#rebalancing ??= this.#nodes.find(({ inMaintenance, role }) => role === 'target' && inMaintenance);
      return;
    }
    if (!('node' in call)) {
      this.#nodes = [];
      return;
    }
    const node = this.#nodes.find(({ id }) => id === call.node);
    if (node === undefined) throw new Error(`there is no node ${call.node}`);
    if (call.kind === 'set primary') this.#primary = node.id;
    if (call.kind === 'start maintenance') {
      node.inMaintenance = true;
      if (call.rebalance) this.#rebalancing = node;
    }
    if (call.kind === 'stop maintenance') {
      node.inMaintenance = false;
      node.postRebalance = false;
    }
    if (call.kind === 'decommission') this.#decommission(node);
  }

  #decommission(node: ModelNode): void {
    if (node.id === this.#primary) throw new Error('the primary cannot be decommissioned');
    if (node.role === 'proxy') {
      this.#remove(node);
      return;
    }
    if (this.#rebalancing !== undefined) throw new Error('busy');
    node.decommissioning = true;
    const { enabled } = this.config.rebalance as { enabled?: boolean };
    if (enabled === true) this.#rebalancing = node;
    else this.#remove(node);
  }

  #map(): ClusterMap {
    const of = (role: Role) =>
      new Map(this.#nodes.filter((node) => node.role === role).map((node) => [node.id, this.#aisNode(node)]));
    return {
      ...{ uuid: 'model', version: this.#version, primary: this.#primary },
      ...{ proxies: of('proxy'), targets: of('target') },
    };
  }

  #aisNode({ id, role, ordinal, inMaintenance, decommissioning, postRebalance }: ModelNode): AisNode {
    const { name = '', namespace = '' } = this.cluster.metadata ?? {};
    const host = `${names.pod(name, role, ordinal)}.${names.role(name, role)}.${namespace}.svc.cluster.local`;
    const net = { host, port: 51_082, url: `http://${host}:51082` };
    return {
      ...{ id, type: role, digest: 1n, publicNet: net, controlNet: net, dataNet: net },
      flags: { inMaintenance, decommissioning, postRebalance, nonElectable: false },
    };
  }

  #podObject(pod: ModelPod): Pod {
    const { name = '', namespace = '' } = this.cluster.metadata ?? {};
    const node = this.#nodes.find((one) => one.role === pod.role && one.ordinal === pod.ordinal);
    const isReady = this.#isReady(pod) && (node === undefined || isIn(node));
    const isPending = pod.isPending;
    const waiting = pod.broken
      ? 'ImagePullBackOff'
      : pod.wiped && pod.age > 2
        ? 'CrashLoopBackOff'
        : undefined;
    return {
      ...{ apiVersion: 'v1', kind: 'Pod' },
      metadata: {
        ...{ name: names.pod(name, pod.role, pod.ordinal), namespace, uid: pod.uid },
        labels: { [kubernetes.label.revision]: pod.revision },
      },
      spec: { containers: [], ...(isPending ? {} : { nodeName: nodeOf(pod) }) },
      status: {
        phase: pod.age >= 1 && !pod.broken ? 'Running' : 'Pending',
        conditions: [
          { type: 'Ready', status: isReady ? 'True' : 'False' },
          ...(isPending ? [unscheduled] : []),
        ],
        containerStatuses: [
          {
            ...{ name: 'ais-node', image: '', imageID: '', ready: isReady, restartCount: 0 },
            state: waiting === undefined ? { running: {} } : { waiting: { reason: waiting } },
          },
        ],
      },
    };
  }

  #withAddress(service: Service): Service {
    const { metadata, spec } = service;
    if (spec?.type !== 'LoadBalancer' || this.faults.unaddressed?.has(metadata?.name ?? '') === true)
      return service;
    return { ...service, status: { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } } };
  }

  readonly #firstRevisions = new Map<Role, string>();

  #firstRevision(role: Role, revision: string, isComplete: boolean): string {
    const first = this.#firstRevisions.get(role);
    if (first === undefined || (role === 'proxy' && isComplete)) this.#firstRevisions.set(role, revision);
    return this.#firstRevisions.get(role) ?? revision;
  }

  #withStatus(set: StatefulSet): StatefulSet {
    const role = (set.metadata?.labels?.[kubernetes.label.component] ?? 'proxy') as Role;
    const pods = this.#pods.filter((pod) => pod.role === role);
    const revision = revisionOf(set);
    const updated = pods.filter((pod) => pod.revision === revision).length;
    const status = {
      ...{ observedGeneration: set.metadata?.generation ?? 0, replicas: pods.length },
      readyReplicas: pods.filter((pod) => this.#isReady(pod)).length,
      ...{ updatedReplicas: updated, currentReplicas: pods.length - updated },
      updateRevision: revision,
      // With OnDelete that of the first pods stays, whatever comes after them.
      currentRevision: this.#firstRevision(role, revision, updated === pods.length),
    };
    return { ...set, status } as StatefulSet;
  }
}

function isIn({ inMaintenance, decommissioning }: ModelNode): boolean {
  return !inMaintenance && !decommissioning;
}

function nodeOf({ role, ordinal }: Pick<ModelPod, 'role' | 'ordinal'>): string {
  return role === 'proxy' ? `node-p${ordinal}` : `node-${ordinal}`;
}

const unscheduled = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'Unschedulable',
  message: 'no node is free',
} as const;

function cordonedNode(name: string): Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { unschedulable: true } };
}

function idOf(role: Role, ordinal: number): string {
  return `${role}-${ordinal}`;
}

function revisionOf({ spec }: StatefulSet): string {
  return `r-${JSON.stringify(spec?.template)}`;
}

function imageOf({ spec }: StatefulSet): string {
  return spec?.template.spec?.containers[0]?.image ?? '';
}

function identity(object: KubeObject): string {
  return `${object.kind} ${keyOf(object)}`;
}
