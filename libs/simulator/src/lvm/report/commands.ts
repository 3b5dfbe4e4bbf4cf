import type { CommandOutcome } from '../../commands/command.ts';
import { optionValue } from '../../commands/options.ts';
import { groupOf, type Scan } from '../scan.ts';
import { FAILED, LvmFailure, type Session } from '../session.ts';
import { jsonReport, type Report, textReport, unknownReport } from './format.ts';
import { groupRow, lvRow, orphanRow, pvRow, pvSegmentRows, type Row, segmentRow } from './rows.ts';

/** Everything of all groups, then what is in none. */
export function fullreport(session: Session): CommandOutcome {
  const { scan, call, words } = session;
  const wrong = unknownReport(words);
  if (wrong !== undefined) return wrong;
  if (optionValue(words, '--reportformat') !== 'json')
    return { code: 64, stderr: 'lvm: the simulated lvm prints fullreport as json only\n' };
  const wanted = scan.groups.filter(
    ({ name }) => words.operands.length === 0 || words.operands.includes(name),
  );
  const groups: Report = wanted.map((group) => [
    { kind: 'vg', rows: [groupRow(scan, group)] },
    {
      kind: 'pv',
      rows: sorted(
        group.pvs.map((pv) => pvRow(scan, group, pv)),
        'pv_name',
      ),
    },
    {
      kind: 'lv',
      rows: sorted(
        group.lvs.map((lv) => lvRow(call.root, scan, group, lv)),
        'lv_name',
      ),
    },
    { kind: 'pvseg', rows: sorted(pvSegmentRows(group), 'pv_uuid') },
    {
      kind: 'seg',
      rows: sorted(
        group.lvs.map((lv) => segmentRow(scan, group, lv)),
        'lv_uuid',
      ),
    },
  ]);
  return { code: 0, stdout: jsonReport([...groups, ...orphans(scan)], words) };
}

/** Rows in the order of a column, those with the same in that they have. */
function sorted(rows: readonly Row[], column: string): Row[] {
  const key = (row: Row): string => `${row[column]}`;
  return [...rows].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

function orphans(scan: Scan): Report {
  const found = scan.pvs.filter((one) => groupOf(scan, one) === undefined);
  if (found.length === 0) return [];
  const segments = found.map(({ label }) => ({
    pvseg_start: '0',
    pvseg_size: '0',
    pv_uuid: label.uuid,
    lv_uuid: '',
  }));
  return [
    [
      { kind: 'pv', rows: found.map(orphanRow) },
      { kind: 'pvseg', rows: sorted(segments, 'pv_uuid') },
    ],
  ];
}

export function pvs(session: Session): CommandOutcome {
  const { scan } = session;
  const rows: Row[] = [
    ...scan.groups.flatMap((group) =>
      group.pvs.map((pv) => ({ ...groupRow(scan, group), ...pvRow(scan, group, pv) })),
    ),
    ...scan.pvs
      .filter((one) => groupOf(scan, one) === undefined)
      .map((one) => ({ vg_name: '', ...orphanRow(one) })),
  ];
  const named = session.words.operands.map((path) => session.call.hostPath(path));
  const absent = named.find((path) => !rows.some(({ pv_name: name }) => name === path));
  if (absent !== undefined) throw new LvmFailure(`Failed to find physical volume "${absent}".`);
  const chosen = rows.filter((row) => named.length === 0 || named.includes(`${row.pv_name}`));
  return report(session, 'pv', chosen, ['pv_name', 'vg_name', 'pv_fmt', 'pv_attr', 'pv_size', 'pv_free']);
}

export function vgs(session: Session): CommandOutcome {
  const { scan, words } = session;
  const rows = scan.groups.filter(isNamed(words.operands)).map((group) => groupRow(scan, group));
  refuseAbsent(session, (name) => scan.groups.some((group) => group.name === name));
  return report(session, 'vg', rows, [
    'vg_name',
    'pv_count',
    'lv_count',
    'snap_count',
    'vg_attr',
    'vg_size',
    'vg_free',
  ]);
}

export function lvs(session: Session): CommandOutcome {
  const { scan, call, words } = session;
  const all = scan.groups.flatMap((group) =>
    group.lvs.map((lv): Row & { readonly full: string; readonly group: string } => ({
      ...groupRow(scan, group),
      ...segmentRow(scan, group, lv),
      ...lvRow(call.root, scan, group, lv),
      ...{ origin: '', full: `${group.name}/${lv.name}`, group: group.name },
    })),
  );
  const names = words.operands.map((word) => word.replace(/^\/dev\//, ''));
  refuseAbsent(session, (name) => name.includes('/') || scan.groups.some((group) => group.name === name));
  const absent = names.find((name) => name.includes('/') && !all.some(({ full }) => full === name));
  if (absent !== undefined) throw new LvmFailure(`Failed to find logical volume "${absent}"`);
  const chosen = all.filter(
    ({ full, group }) => names.length === 0 || names.includes(full) || names.includes(group),
  );
  return report(session, 'lv', chosen, lvColumns);
}

const lvColumns = [
  ...['lv_name', 'vg_name', 'lv_attr', 'lv_size', 'pool_lv', 'origin', 'data_percent', 'metadata_percent'],
  ...['move_pv', 'mirror_log', 'copy_percent', 'convert_lv'],
];

function isNamed(names: readonly string[]): (group: { readonly name: string }) => boolean {
  return ({ name }) => names.length === 0 || names.includes(name);
}

function refuseAbsent({ words }: Session, is: (name: string) => boolean): void {
  const absent = words.operands.find((name) => !is(name.replace(/^\/dev\//, '')));
  if (absent !== undefined) {
    throw new LvmFailure(`Volume group "${absent}" not found`, `Cannot process volume group ${absent}`);
  }
}

/** The columns that were asked for; with `+` they come after the usual ones. */
function report(
  { words }: Session,
  kind: string,
  rows: readonly Row[],
  usual: readonly string[],
): CommandOutcome {
  const wrong = unknownReport(words);
  if (wrong !== undefined) return wrong;
  const asked = (words.options.get('--options') ?? []).flatMap((text) => text.split(','));
  const extra = asked[0]?.startsWith('+') ? [...usual, ...asked] : asked;
  const columns = asked.length === 0 ? usual : extra.map((name) => fullName(kind, name.replace(/^\+/, '')));
  const bad = rows.length > 0 ? columns.find((column) => rows[0]?.[column] === undefined) : undefined;
  if (bad !== undefined) return { code: FAILED, stderr: `  Unrecognised field: ${bad}\n` };
  const shown = rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? ''])));
  if (optionValue(words, '--reportformat') === 'json')
    return { code: 0, stdout: jsonReport([[{ kind, rows: shown }]], words) };
  return { code: 0, stdout: rows.length === 0 ? '' : textReport(shown, headings, words) };
}

/** Columns may be named without what they are of, and by some other names. */
function fullName(kind: string, name: string): string {
  const aliases: Readonly<Record<string, string>> = {
    lv_active: 'lv_active',
    tags: `${kind}_tags`,
    attr: `${kind}_attr`,
    uuid: `${kind}_uuid`,
    name: `${kind}_name`,
  };
  return aliases[name] ?? name;
}

const headings: Readonly<Record<string, string>> = {
  pv_name: 'PV',
  vg_name: 'VG',
  pv_fmt: 'Fmt',
  pv_attr: 'Attr',
  pv_size: 'PSize',
  pv_free: 'PFree',
  pv_uuid: 'PV UUID',
  pv_count: '#PV',
  lv_count: '#LV',
  snap_count: '#SN',
  vg_attr: 'Attr',
  vg_size: 'VSize',
  vg_free: 'VFree',
  vg_tags: 'VG Tags',
  vg_uuid: 'VG UUID',
  lv_name: 'LV',
  lv_attr: 'Attr',
  lv_size: 'LSize',
  lv_tags: 'LV Tags',
  lv_uuid: 'LV UUID',
  pool_lv: 'Pool',
  origin: 'Origin',
  data_percent: 'Data%',
  metadata_percent: 'Meta%',
  move_pv: 'Move',
  mirror_log: 'Log',
  copy_percent: 'Cpy%Sync',
  convert_lv: 'Convert',
  devices: 'Devices',
  stripes: '#Str',
  stripe_size: 'Stripe',
};
