import type { Clock } from '@rackwright/core';
import { kubelet } from '@rackwright/keys';
import type { Pod, Volume } from '../pod-model.ts';
import { podUid } from '../pod-model.ts';
import type { PodEvents } from '../pods/pod-events.ts';
import { boundClaim, type ClaimReader } from './claim.ts';
import type { CsiVolumes } from './csi/csi-volumes.ts';

export interface VolumeHealthOptions {
  readonly clock: Clock;
  readonly csi: Pick<CsiVolumes, 'stats'>;
  readonly claims: ClaimReader;
  readonly events: Pick<PodEvents, 'warning'>;
  readonly pods: () => readonly Pod[];
  readonly intervalMs: number;
  /** The feature gate CSIVolumeHealth; without it conditions are thrown away. */
  readonly tells: boolean;
}

/** Asks drivers again and again how the volumes of pods are (volume_stat_calculator.go of the kubelet). */
export async function watchVolumeHealth(options: VolumeHealthOptions, signal: AbortSignal): Promise<void> {
  const { clock, intervalMs, pods } = options;
  while (!signal.aborted) {
    await clock.sleep(intervalMs, signal).catch(() => undefined);
    for (const pod of pods()) {
      if (signal.aborted) return;
      await lookAt(pod, options, signal).catch(() => undefined);
    }
  }
}

async function lookAt(pod: Pod, options: VolumeHealthOptions, signal: AbortSignal): Promise<void> {
  const { csi, events, tells } = options;
  for (const { name, condition } of await csi.stats(podUid(pod), signal)) {
    if (!tells || condition?.abnormal !== true) continue;
    const own = await nameInPod(pod, name, options);
    events.warning(pod, kubelet.event.volumeAbnormal, `Volume ${own}: ${condition.message}`);
  }
}

/** Pods are told of volumes by the names they have there. */
async function nameInPod(pod: Pod, volume: string, { claims }: VolumeHealthOptions): Promise<string> {
  const isIt = async (source: Volume): Promise<boolean> => {
    if (source.persistentVolumeClaim === undefined && source.ephemeral === undefined)
      return source.name === volume;
    const bound = await boundClaim(claims, pod, source).catch(() => undefined);
    return bound?.volume.metadata?.name === volume;
  };
  for (const source of pod.spec.volumes ?? []) if (await isIt(source)) return source.name;
  return volume;
}
