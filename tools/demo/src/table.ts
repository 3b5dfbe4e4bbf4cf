/** Lines of a table with aligned columns; cells longer than `maxCell` are cut. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  maxCell = 60,
): string[] {
  const cells = [header, ...rows].map((row) =>
    row.map((cell) => (cell.length > maxCell ? `${cell.slice(0, maxCell - 1)}…` : cell)),
  );
  const widths = header.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
