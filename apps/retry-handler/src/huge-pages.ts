import { type HostFiles, ifReadable } from '@rackwright/host';

/** Where the limits of this process's own container are, in control groups v2 and v1. */
const useLimits = [['hugetlb.2MB.max'], ['hugetlb', 'hugetlb.2MB.limit_in_bytes']] as const;
const reservationLimits = [['hugetlb.2MB.rsvd.max'], ['hugetlb', 'hugetlb.2MB.rsvd.limit_in_bytes']] as const;

/**
 * Says so if cxi_rh would be refused the huge pages it takes. It runs in this
 * container's control group, and the kubelet forbids huge pages to a container
 * that does not ask for any. Where the node has none free, or reservations are
 * forbidden too as recent runtimes do, cxi_rh is refused the mapping and does
 * without; else the mapping succeeds and the first touch ends it with SIGBUS
 * (kubernetes/kubernetes#71233). What cannot be read is taken for no obstacle,
 * for this is only a warning.
 *
 * @param own files as this process sees them
 * @param host files of the node
 */
export function hugePagesForbidden(own: HostFiles, host: HostFiles): string | undefined {
  return ifReadable(undefined, () => forbidden(own, host));
}

function forbidden(own: HostFiles, host: HostFiles): string | undefined {
  const isZero = (files: typeof useLimits | typeof reservationLimits): boolean =>
    files.some((file) => own.readText(own.root.sys('fs', 'cgroup', ...file))?.trim() === '0');
  if (!isZero(useLimits) || isZero(reservationLimits)) return undefined;
  const { root } = host;
  const pages = host.readText(root.sys('kernel', 'mm', 'hugepages', 'hugepages-2048kB', 'free_hugepages'));
  const free = Number(pages ?? 0);
  if (!(free > 0)) return undefined;
  return `the node has ${free} free huge pages of 2 MiB, but this container may use none: ${hugePagesRemedy}`;
}

/** What to do about it. */
export const hugePagesRemedy =
  'add hugepages-2Mi to the requests and limits of the retry handler, or leave the node without free ones';
