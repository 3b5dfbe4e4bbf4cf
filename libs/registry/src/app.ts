/**
 * What an app is to a cluster: an agent runs on nodes and pays for every megabyte
 * on each of them, a controller runs a few times, a command ends.
 */
export type AppKind = 'node agent' | 'controller' | 'command';

/** Packages that cost a process tens of megabytes (DESIGN.md decision 7; toolchain.md §4). */
export type HeavyPackage = 'express' | 'undici' | '@kubernetes/client-node' | 'zod' | 'ajv';

/** One app: a folder below apps/ with an image and a chart. */
export interface App {
  /** Folder below apps/, name of the image and of the chart. */
  readonly name: string;
  readonly kind: AppKind;
  /** Heavy packages its bundle may hold; a node agent none. */
  readonly mayLoad: readonly HeavyPackage[];
  /** What it may weigh. */
  readonly budget: {
    /** Anonymous memory under load, in MiB. */
    readonly anonymousMiB: number;
    /** Its bundle, in kB. */
    readonly bundleKB: number;
  };
  /** What the images of older systems that it replaces are called, without registry and tag. */
  readonly olderImages?: readonly string[];
  /** It calls Services of its cluster by name; in a simulated cluster it is given the way there. */
  readonly callsServices?: true;
  /** Its image holds programs that work on hardware; in a simulated cluster those of the node stand in for them. */
  readonly hardwareTools?: true;
  /** For an agent that an operator rolls out: its component, and the operator's flag `--<component>-image`. */
  readonly component?: string;
}

/** One kind of hardware or system with all that serves it. */
export interface Family {
  /** In file names and `--suite`. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly apps: readonly App[];
  /** Folder below charts/ of the chart that brings the CRDs of the family; left out by one without kinds. */
  readonly crdChart?: string;
}
