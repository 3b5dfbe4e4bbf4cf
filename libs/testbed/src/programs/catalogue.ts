import { fileURLToPath } from 'node:url';
import { goTarget, type Platform } from './platform.ts';

/** The programs the test environment can run. */
export const programNames = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubectl',
  'kubelet',
  'helm',
  'helm4',
  'helm-render',
  'kubeconform',
  'actionlint',
  'containerd',
  'containerd-shim-runc-v2',
  'ctr',
  'coredns',
  'cert-manager-controller',
  'cert-manager-cainjector',
  'csi-provisioner',
  'csi-resizer',
  'csi-sanity',
] as const;

export type ProgramName = (typeof programNames)[number];

/** A published file and its published SHA-256. */
export interface Release {
  readonly url: string;
  /** A file with the checksum alone, or lines of checksum and file name. */
  readonly checksumUrl: string;
  /** Path of the program inside the `.tar.gz`; absent when the file is the program itself. */
  readonly member?: string;
  /** Larger than this, packed or unpacked, it is refused. */
  readonly maxBytes: number;
}

/** What to build. */
export interface GoSource {
  /** Folder with the go.mod and go.sum that pin everything. */
  readonly folder: string;
  readonly package: string;
  readonly ldflags?: string;
  /** Build tags, separated by commas. */
  readonly tags?: string;
}

/** What is known of a program before it is found. */
export interface ProgramSpec {
  readonly name: string;
  /** The version that is fetched or built, with its `v`. On PATH another patch release serves too. */
  readonly version: string;
  /** Arguments that make it print its version. */
  readonly versionArgs: readonly string[];
  /** Names it goes by on PATH; default its own. */
  readonly commands?: readonly string[];
  readonly source: GoSource;
  /** Where it is released for a platform; undefined when it is not. */
  readonly release: (platform: Platform) => Release | undefined;
}

const mebibyte = 1024 * 1024;
const modules = fileURLToPath(new URL('../../../../tools/testbed/go', import.meta.url));

function kubernetes(name: ProgramName, versionArgs: readonly string[] = ['--version']): ProgramSpec {
  const version = 'v1.36.3';
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  const [gitMajor, gitMinor] = version.slice(1).split('.');
  const marks = { gitVersion: version, gitMajor, gitMinor, gitTreeState: 'archive' };
  return {
    name,
    version,
    versionArgs,
    source: {
      folder: `${modules}/kubernetes`,
      package: `k8s.io/kubernetes/cmd/${name}`,
      // Without these, clients and servers take each other for v0.0.0.
      ldflags: packages
        .flatMap((name) => Object.entries(marks).map(([key, value]) => `-X ${name}.${key}=${value}`))
        .join(' '),
    },
    release: (platform) => {
      // Servers are released for Linux only.
      if (platform.os !== 'linux' && name !== 'kubectl') return undefined;
      const url = `https://dl.k8s.io/release/${version}/bin/${platform.os}/${platform.arch}/${name}`;
      return { url, checksumUrl: `${url}.sha256`, maxBytes: 250 * mebibyte };
    },
  };
}

const helmVersion = 'v3.22.0';

/** Without these Helm 3 renders for Kubernetes 1.20 when it asks no cluster; Helm 4 reads its build information. */
const helmKubernetes = ['pkg/lint/rules', 'pkg/chartutil'].flatMap((part) => [
  `-X helm.sh/helm/v3/${part}.k8sVersionMajor=1`,
  `-X helm.sh/helm/v3/${part}.k8sVersionMinor=36`,
]);

function helm(name: 'helm' | 'helm4', version: string): ProgramSpec {
  const module = `helm.sh/helm/${version.split('.')[0]}`;
  return {
    name,
    version,
    versionArgs: ['version', '--short'],
    commands: name === 'helm' ? ['helm'] : ['helm4', 'helm'],
    source: {
      folder: `${modules}/${name}`,
      package: `${module}/cmd/helm`,
      ldflags: [
        `-X ${module}/internal/version.version=${version}`,
        ...(name === 'helm' ? helmKubernetes : []),
      ].join(' '),
    },
    release: (platform) => {
      const target = goTarget(platform);
      const url = `https://get.helm.sh/helm-${version}-${target}.tar.gz`;
      const member = `${target}/helm`;
      return { url, checksumUrl: `${url}.sha256sum`, member, maxBytes: 150 * mebibyte };
    },
  };
}

/** `helm template` for many releases in one process; a program of ours, so it is always built. */
function helmRender(version: string): ProgramSpec {
  return {
    name: 'helm-render',
    version,
    versionArgs: ['--version'],
    source: {
      folder: `${modules}/helm`,
      package: './render',
      ldflags: [`-X main.version=${version}`, ...helmKubernetes].join(' '),
    },
    release: () => undefined,
  };
}

function etcd(version: string): ProgramSpec {
  return {
    name: 'etcd',
    version,
    versionArgs: ['--version'],
    source: { folder: `${modules}/etcd`, package: 'go.etcd.io/etcd/server/v3' },
    release: (platform) => {
      // Elsewhere it is released as a zip file.
      if (platform.os !== 'linux') return undefined;
      const folder = `etcd-${version}-${goTarget(platform)}`;
      const base = `https://github.com/etcd-io/etcd/releases/download/${version}`;
      return {
        url: `${base}/${folder}.tar.gz`,
        checksumUrl: `${base}/SHA256SUMS`,
        member: `${folder}/etcd`,
        maxBytes: 150 * mebibyte,
      };
    },
  };
}

function kubeconform(version: string): ProgramSpec {
  return {
    name: 'kubeconform',
    version,
    versionArgs: ['-v'],
    source: {
      folder: `${modules}/kubeconform`,
      package: 'github.com/yannh/kubeconform/cmd/kubeconform',
      ldflags: `-X main.version=${version}`,
    },
    release: (platform) => {
      const base = `https://github.com/yannh/kubeconform/releases/download/${version}`;
      return {
        url: `${base}/kubeconform-${goTarget(platform)}.tar.gz`,
        checksumUrl: `${base}/CHECKSUMS`,
        member: 'kubeconform',
        maxBytes: 50 * mebibyte,
      };
    },
  };
}

function actionlint(version: string): ProgramSpec {
  return {
    name: 'actionlint',
    version,
    versionArgs: ['-version'],
    source: {
      folder: `${modules}/actionlint`,
      package: 'github.com/rhysd/actionlint/cmd/actionlint',
      ldflags: `-X github.com/rhysd/actionlint.version=${version.slice(1)}`,
    },
    release: (platform) => {
      const number = version.slice(1);
      const base = `https://github.com/rhysd/actionlint/releases/download/${version}`;
      return {
        url: `${base}/actionlint_${number}_${platform.os}_${platform.arch}.tar.gz`,
        checksumUrl: `${base}/actionlint_${number}_checksums.txt`,
        member: 'actionlint',
        maxBytes: 50 * mebibyte,
      };
    },
  };
}

function containerd(name: ProgramName, versionArgs: readonly string[]): ProgramSpec {
  const version = 'v2.4.2';
  return {
    name,
    version,
    versionArgs,
    source: {
      folder: `${modules}/containerd`,
      package: `github.com/containerd/containerd/v2/cmd/${name}`,
      ldflags: `-X github.com/containerd/containerd/v2/version.Version=${version}`,
      // Snapshotters the node environment has no use for.
      tags: 'no_btrfs,no_devmapper,no_zfs',
    },
    release: (platform) => {
      if (platform.os !== 'linux') return undefined;
      const archive = `containerd-${version.slice(1)}-${goTarget(platform)}.tar.gz`;
      const url = `https://github.com/containerd/containerd/releases/download/${version}/${archive}`;
      return { url, checksumUrl: `${url}.sha256sum`, member: `bin/${name}`, maxBytes: 200 * mebibyte };
    },
  };
}

/** A build of it has the plugins the test environment uses, a release has all of them. */
function coredns(version: string): ProgramSpec {
  return {
    name: 'coredns',
    version,
    versionArgs: ['-version'],
    source: { folder: `${modules}/coredns`, package: './server' },
    release: (platform) => {
      const archive = `coredns_${version.slice(1)}_${platform.os}_${platform.arch}.tgz`;
      const url = `https://github.com/coredns/coredns/releases/download/${version}/${archive}`;
      return { url, checksumUrl: `${url}.sha256`, member: 'coredns', maxBytes: 200 * mebibyte };
    },
  };
}

/** cert-manager is released as images only. Only long tests ask for it. */
function certManager(part: 'controller' | 'cainjector', version: string): ProgramSpec {
  const module = 'github.com/cert-manager/cert-manager';
  return {
    name: `cert-manager-${part}`,
    version,
    versionArgs: ['-version'],
    source: {
      folder: `${modules}/cert-manager`,
      package: `./${part}`,
      ldflags: `-X ${module}/pkg/util.AppVersion=${version}`,
    },
    release: () => undefined,
  };
}

/** Sidecars of CSI drivers, which are released as images only. */
function csiSidecar(name: 'csi-provisioner' | 'csi-resizer', module: string, version: string): ProgramSpec {
  return {
    name,
    version,
    versionArgs: ['--version'],
    source: {
      folder: `${modules}/csi-sidecars`,
      package: `github.com/kubernetes-csi/${module}/cmd/${name}`,
      ldflags: `-X main.version=${version}`,
    },
    release: () => undefined,
  };
}

/** The conformance tests of CSI drivers, which are not released. */
function csiSanity(version: string): ProgramSpec {
  return {
    name: 'csi-sanity',
    version,
    versionArgs: ['-version'],
    source: {
      folder: `${modules}/csi-sanity`,
      package: 'github.com/kubernetes-csi/csi-test/v5/cmd/csi-sanity',
      ldflags: `-X main.VERSION=${version}`,
    },
    release: () => undefined,
  };
}

/** Every program with its pinned version. */
export type Catalogue = Readonly<Record<ProgramName, ProgramSpec>>;

export const catalogue: Catalogue = {
  etcd: etcd('v3.7.3'),
  'kube-apiserver': kubernetes('kube-apiserver'),
  'kube-controller-manager': kubernetes('kube-controller-manager'),
  'kube-scheduler': kubernetes('kube-scheduler'),
  'kube-proxy': kubernetes('kube-proxy'),
  kubectl: kubernetes('kubectl', ['version', '--client']),
  kubelet: kubernetes('kubelet'),
  helm: helm('helm', helmVersion),
  helm4: helm('helm4', 'v4.3.1'),
  'helm-render': helmRender(helmVersion),
  kubeconform: kubeconform('v0.8.0'),
  actionlint: actionlint('v1.7.12'),
  containerd: containerd('containerd', ['--version']),
  'containerd-shim-runc-v2': containerd('containerd-shim-runc-v2', ['-v']),
  ctr: containerd('ctr', ['--version']),
  coredns: coredns('v1.15.0'),
  'cert-manager-controller': certManager('controller', 'v1.21.2'),
  'cert-manager-cainjector': certManager('cainjector', 'v1.21.2'),
  'csi-provisioner': csiSidecar('csi-provisioner', 'external-provisioner/v6', 'v6.4.0'),
  'csi-resizer': csiSidecar('csi-resizer', 'external-resizer/v2', 'v2.3.0'),
  'csi-sanity': csiSanity('v5.6.0'),
};
