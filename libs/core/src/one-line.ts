/** Characters of a line that names one failure among others. */
const mostOfLine = 400;
/** Of those, how many stand for the end of a text that does not fit: what was got comes after what was expected. */
const ofEnd = 150;

/**
 * A text of several lines as one, for a summary that is read line by line: white
 * space is folded, and of a long text its start and its end are kept.
 */
export function oneLine(text: string): string {
  const folded = text.trim().replaceAll(/\s+/g, ' ');
  if (folded.length <= mostOfLine) return folded;
  const cut = ' […] ';
  return `${folded.slice(0, mostOfLine - ofEnd - cut.length)}${cut}${folded.slice(-ofEnd)}`;
}
