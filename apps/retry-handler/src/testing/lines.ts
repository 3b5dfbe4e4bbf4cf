/** The fields of every log line with that message. */
export function parseLines(log: readonly string[], message: string): unknown[] {
  return log
    .filter((line) => line.includes(` ${message} {`))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))));
}
