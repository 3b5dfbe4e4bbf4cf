import type { KubeObject, PolicyRule, Toleration } from '@rackwright/kube';
import type { AgentDescriptor } from '@rackwright/manager';
import type { families } from '@rackwright/registry';
import type { NodeBoundWriter } from './node-write-policy.ts';
import type { InstallValues } from './values.ts';
import type { AllowedWrites } from './write-policy/allowed-writes.ts';
import type { NodeFields } from './write-policy/node-fields.ts';

/** What comes with the installation of one family: from it charts and config/ are made. */
export interface FamilyInstall {
  /** Its name in the registry. */
  readonly family: (typeof families)[number]['name'];
  /** Its node agents by the names of their apps; the chart of each comes from it. */
  readonly agents: Readonly<Record<string, AgentDescriptor>>;
  /** What holds an agent to its own node, by the name of its app; the policy of its chart comes from it. */
  readonly nodeBound: Readonly<Record<string, Omit<NodeBoundWriter, 'account'>>>;
  /** What a controller of operator-manager needs for it; absent for a family without one. */
  readonly controller?: ControllerInstall;
}

/** What pods may do that are called after a component. */
export type PodRights = Pick<AgentDescriptor, 'component' | 'rights'>;

/** What comes with a controller. */
export interface ControllerInstall {
  /** What `--controllers` calls it. */
  readonly name: string;
  /** Pods it deploys beside node agents, with their rights. */
  readonly pods?: Readonly<Record<string, PodRights>>;
  /** Charts beside operator-manager that run it. */
  readonly charts?: readonly string[];
  /** What it may do in the whole cluster. */
  readonly clusterRules: (values: InstallValues) => readonly PolicyRule[];
  /** What it may do in the namespace of the operator. */
  readonly namespaceRules: readonly PolicyRule[];
  /** What the job before an upgrade may do to bring the CRDs. */
  readonly crdsRules: readonly PolicyRule[];
  /** Of the job that takes away after an uninstall what the controller rolled out: `remove` and its rights. */
  readonly removal?: {
    readonly args: readonly string[];
    readonly clusterRules: readonly PolicyRule[];
    readonly namespaceRules: readonly PolicyRule[];
    /** What it may write of cluster-wide kinds. */
    readonly writes: (who: string) => readonly AllowedWrites[];
  };
  /** For people who run the family. */
  readonly editorRules: readonly PolicyRule[];
  /** For people who look at it. */
  readonly viewerRules: readonly PolicyRule[];
  /** Of the operator's own pods, for taints that it puts on nodes; default none. */
  readonly tolerations?: readonly Toleration[];
  /** Labels of the pods of its agents, by the suffix of the NetworkPolicy that is about them. */
  readonly agentPods: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Policies that hold its agents to their own node, by the suffix of their name. */
  readonly nodePolicies: Readonly<Record<string, (values: InstallValues) => PolicyObjectSpec>>;
  /** Objects of agents, by their label, and whose they are: what the operator may write outside of its namespace. */
  readonly agentsOf: { readonly managedBy: string; readonly group: string; readonly kind: string };
  /** What its operator may change of Nodes; absent for nothing. */
  readonly nodeFields?: NodeFields;
  /** What its operator may write of the family's cluster-wide kinds. */
  readonly operatorWrites: (who: string) => readonly AllowedWrites[];
}

/** Spec of a ValidatingAdmissionPolicy. */
export type PolicyObjectSpec = object;

/** A policy and its binding, which denies. */
export function policyWithBinding(
  name: string,
  labels: Record<string, string>,
  spec: PolicyObjectSpec,
  more: object = {},
): KubeObject[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name, labels };
  const binding = { policyName: name, validationActions: ['Deny'], ...more };
  return [
    { apiVersion, kind: 'ValidatingAdmissionPolicy', metadata, ...{ spec } },
    { apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata, ...{ spec: binding } },
  ];
}
