/** `--flag=value`, the one form that also carries empty values. */
export function flag(name: string, value: string | number | boolean | readonly (string | number)[]): string {
  return `--${name}=${Array.isArray(value) ? value.join(',') : String(value)}`;
}

/** The same for a number of seconds. */
export function seconds(name: string, value: number): string {
  return flag(name, `${value}s`);
}
