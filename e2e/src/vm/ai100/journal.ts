import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sharedFolder } from '@rackwright/testbed';
import type { MachineEnvironment } from '../machine-suite.ts';

/** Tools whose calls are noted: those that change disks or mounts, or look at them. */
const tools = [
  'lvm',
  'mkfs.xfs',
  'mkfs.ext4',
  'mount',
  'umount',
  'wipefs',
  'blkid',
  'nvme',
  'chattr',
] as const;

/** Calls that change nothing, by tool and first word. */
const looks = [
  'lvm fullreport',
  'lvm pvs',
  'lvm vgs',
  'lvm lvs',
  'lvm version',
  'nvme smart-log',
  'nvme id-ctrl',
];
const lookTools = ['wipefs --no-act', 'blkid *', 'nvme version', 'nvme list', 'chattr *'];

/** When a stop happens: as a changing call begins, or once it has ended. */
export type StopMoment = 'before' | 'after';

/** What stops: the plugin, by SIGKILL, or the whole machine. */
export type StopKind = 'plugin' | 'machine';

const name = 'journal';
const stopsName = 'stops';
const powerMark = 'power-loss';
/** Files in the guest that say what shall stop, and when. They go with the power. */
const orderFile = '/run/stop-order';
const processFile = '/run/plugin.pid';

/**
 * Puts a script in place of each tool, in the guest alone. It runs the tool,
 * notes the call, and where it was asked to stops the plugin or the machine.
 */
export async function installJournal({ machine }: MachineEnvironment): Promise<void> {
  for (const tool of tools) {
    const script = journalScript(tool);
    await machine.call('write', { path: `/run/${tool}.script`, text: script });
  }
  const install = tools
    .map(
      (tool) => `place=$(command -v ${tool}); file=$(readlink -f $place)
if [ $file = $place ]; then mv $place /usr/lib/real/; else ln -s $file /usr/lib/real/${tool}; rm $place; fi
mv /run/${tool}.script $place; chmod 755 $place`,
    )
    .join('\n');
  const { code, stderr } = await machine.run(['sh', '-ec', `mkdir -p /usr/lib/real\n${install}`]);
  if (code !== 0) throw new Error(`the journal could not be installed: ${stderr}`);
}

/** Asks for a stop at the next changing step at which there was none since `clearJournal`. */
export async function stopAtNextStep(
  { machine }: MachineEnvironment,
  order: { readonly kind: StopKind; readonly moment: StopMoment },
): Promise<void> {
  await machine.call('write', { path: orderFile, text: `${order.kind} ${order.moment}\n` });
}

/** Takes an order back that met no step: what a case does to clean up is none. */
export async function withdrawStop({ machine }: MachineEnvironment): Promise<void> {
  await machine.run(['rm', '-f', orderFile]);
}

/** The steps at which something was stopped: tools with what they worked on. */
export async function stoppedSteps({ machine }: MachineEnvironment): Promise<string[]> {
  const text = await readFile(join(machine.shared, stopsName), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

/** Says which process is the plugin. */
export async function notePlugin({ machine }: MachineEnvironment, pid: number): Promise<void> {
  await machine.call('write', { path: processFile, text: `${pid}` });
}

/** The calls that changed something, or tried to, since `clearJournal`, as command lines. */
export async function changingCalls({ machine }: MachineEnvironment): Promise<string[]> {
  const text = await readFile(join(machine.shared, name), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => (line.startsWith('! ') ? [line.slice(2)] : []));
}

export async function clearJournal({ machine }: MachineEnvironment): Promise<void> {
  for (const file of [name, stopsName]) await rm(join(machine.shared, file), { force: true });
  await rm(join(machine.shared, powerMark), { force: true });
}

/** Whether the machine waits for its power to be taken away. */
export async function wantsPowerLoss({ machine }: MachineEnvironment): Promise<boolean> {
  return readFile(join(machine.shared, powerMark)).then(
    () => true,
    () => false,
  );
}

/** Takes the mark back that `wantsPowerLoss` looks for. */
export async function powerLossSeen({ machine }: MachineEnvironment): Promise<void> {
  await rm(join(machine.shared, powerMark), { force: true });
}

function journalScript(tool: string): string {
  const quiet = [
    ...looks.map((words) => `"${words}"`),
    ...lookTools.map((words) => `"${words.replace(' *', '')}"*`),
  ];
  return `#!/bin/sh
halt() {
  rm -f ${orderFile}
  echo "$step" >> ${sharedFolder}/${stopsName}
  if [ "$kind" = machine ]; then : > ${sharedFolder}/${powerMark}; while :; do sleep 60; done; fi
  kill -KILL "$(cat ${processFile})"
}
case "${tool} $1" in ${quiet.join('|')}) exec /usr/lib/real/${tool} "$@";; esac
for last; do :; done
step="${tool}"
if [ ${tool} = lvm ]; then step="$1"; fi
step="$step $last"
moment=never
if [ -e ${orderFile} ] && ! grep -qxF "$step" ${sharedFolder}/${stopsName} 2>/dev/null; then
  read -r kind moment < ${orderFile}
fi
if [ $moment = before ]; then halt; exit 1; fi
echo "! ${tool} $*" >> ${sharedFolder}/${name}
/usr/lib/real/${tool} "$@"
code=$?
if [ $moment = after ]; then halt; fi
exit $code
`;
}
