import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { catalogue, programNames } from './catalogue.ts';

const linux = { os: 'linux', arch: 'amd64' };
const downloaded = programNames.filter((name) => catalogue[name].release(linux) !== undefined);

test.each(downloaded)('%s is built from the version that is downloaded', async (name) => {
  const { source, version } = catalogue[name];
  const goMod = await readFile(join(source.folder, 'go.mod'), 'utf8');
  const pinned = [...goMod.matchAll(/^require (\S+) (\S+)$/gm)].map(([, module, at]) => ({ module, at }));
  expect(pinned).toHaveLength(1);
  expect(pinned[0]?.at).toBe(version);
  if (source.package.startsWith('.')) {
    const main = await readFile(join(source.folder, source.package, 'main.go'), 'utf8');
    expect(main).toContain(`"${pinned[0]?.module}/`);
    return;
  }
  expect(`${source.package}/`).toContain(`${pinned[0]?.module}/`);
  expect(await readFile(join(source.folder, 'tools.go'), 'utf8')).toContain(`"${source.package}"`);
});

test('the staging modules of Kubernetes are pinned to the same release', async () => {
  const { source, version } = catalogue['kube-apiserver'];
  const goMod = await readFile(join(source.folder, 'go.mod'), 'utf8');
  const replaced = [...goMod.matchAll(/^\tk8s\.io\/\S+ => (k8s\.io\/\S+) (\S+)$/gm)].map((match) => match[2]);
  expect(replaced.length).toBeGreaterThan(20);
  expect(new Set(replaced)).toEqual(new Set([version.replace('v1.', 'v0.')]));
});

test('releases for Linux are where their publishers put them', () => {
  const urls = downloaded.map((name) => {
    const release = catalogue[name].release(linux);
    return [release?.url, release?.checksumUrl, release?.member].join(' ');
  });
  const kubernetes = 'https://dl.k8s.io/release/v1.36.3/bin/linux/amd64';
  const github = 'https://github.com';
  const etcd = `${github}/etcd-io/etcd/releases/download/v3.7.3`;
  const kubeconform = `${github}/yannh/kubeconform/releases/download/v0.8.0`;
  const actionlint = `${github}/rhysd/actionlint/releases/download/v1.7.12/actionlint_1.7.12`;
  const containerd = `${github}/containerd/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-amd64.tar.gz`;
  const coredns = `${github}/coredns/coredns/releases/download/v1.15.0/coredns_1.15.0_linux_amd64.tgz`;
  const plain = (name: string): string => `${kubernetes}/${name} ${kubernetes}/${name}.sha256 `;
  const helm = (version: string): string => {
    const url = `https://get.helm.sh/helm-${version}-linux-amd64.tar.gz`;
    return `${url} ${url}.sha256sum linux-amd64/helm`;
  };
  expect(urls).toEqual([
    `${etcd}/etcd-v3.7.3-linux-amd64.tar.gz ${etcd}/SHA256SUMS etcd-v3.7.3-linux-amd64/etcd`,
    ...[
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kube-proxy',
      'kubectl',
      'kubelet',
    ].map(plain),
    helm('v3.22.0'),
    helm('v4.3.1'),
    `${kubeconform}/kubeconform-linux-amd64.tar.gz ${kubeconform}/CHECKSUMS kubeconform`,
    `${actionlint}_linux_amd64.tar.gz ${actionlint}_checksums.txt actionlint`,
    ...['containerd', 'containerd-shim-runc-v2', 'ctr'].map(
      (name) => `${containerd} ${containerd}.sha256sum bin/${name}`,
    ),
    `${coredns} ${coredns}.sha256 coredns`,
  ]);
});

test('the renderer of charts is built with the Helm that is downloaded', async () => {
  const { source, version } = catalogue['helm-render'];
  expect({ folder: source.folder, version }).toEqual({
    folder: catalogue.helm.source.folder,
    version: catalogue.helm.version,
  });
  expect(programNames.filter((name) => !downloaded.includes(name))).toEqual([
    'helm-render',
    'cert-manager-controller',
    'cert-manager-cainjector',
    'csi-provisioner',
    'csi-resizer',
    'csi-sanity',
  ]);
});

test('cert-manager is built from the version it says it is', async () => {
  const { source, version } = catalogue['cert-manager-controller'];
  const goMod = await readFile(join(source.folder, 'go.mod'), 'utf8');
  expect(goMod).toContain(`\tgithub.com/cert-manager/cert-manager ${version}\n`);
  expect(catalogue['cert-manager-cainjector']).toMatchObject({ version, source: { folder: source.folder } });
});

test.each([
  ['csi-provisioner', 'github.com/kubernetes-csi/external-provisioner/v6'],
  ['csi-resizer', 'github.com/kubernetes-csi/external-resizer/v2'],
  ['csi-sanity', 'github.com/kubernetes-csi/csi-test/v5'],
] as const)('%s is built from the version it says it is', async (name, module) => {
  const { source, version } = catalogue[name];
  expect(await readFile(join(source.folder, 'go.mod'), 'utf8')).toContain(`${module} ${version}\n`);
  expect(await readFile(join(source.folder, 'tools.go'), 'utf8')).toContain(`"${source.package}"`);
});

test('sidecars are built with the Kubernetes that is run', async () => {
  const goMod = await readFile(join(catalogue['csi-provisioner'].source.folder, 'go.mod'), 'utf8');
  const replaced = [...goMod.matchAll(/=> k8s\.io\/\S+ (\S+)$/gm)].map((match) => match[1]);
  expect(replaced.length).toBeGreaterThan(20);
  expect(new Set(replaced)).toEqual(new Set([catalogue.kubelet.version.replace('v1.', 'v0.')]));
});

test('servers are not looked for where they are not released', () => {
  const mac = { os: 'darwin', arch: 'arm64' };
  expect(catalogue['kube-apiserver'].release(mac)).toBeUndefined();
  expect(catalogue.etcd.release(mac)).toBeUndefined();
  expect(catalogue.kubectl.release(mac)?.url).toMatch(/\/darwin\/arm64\/kubectl$/);
});
