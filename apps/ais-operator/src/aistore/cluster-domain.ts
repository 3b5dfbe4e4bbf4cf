import { readFile } from 'node:fs/promises';

const fallback = 'cluster.local';

/** Domain of the names of Services, by what the pod itself looks names up in. */
export async function clusterDomain(path = '/etc/resolv.conf'): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return domainIn(text) ?? fallback;
}

/** The first search domain of Services (`svc.<domain>`) that is a DNS name. */
export function domainIn(resolvConf: string): string | undefined {
  for (const line of resolvConf.split('\n')) {
    const [keyword, ...domains] = line.trim().split(/\s+/);
    if (keyword !== 'search') continue;
    const found = domains.find((domain) =>
      /^svc\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\.?$/.test(domain),
    );
    if (found !== undefined) return found.slice('svc.'.length).replace(/\.$/, '');
  }
  return undefined;
}
