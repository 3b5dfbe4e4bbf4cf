/** An operating system and a processor, by the names Go and the release pages use. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
}

const archs: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', ia32: '386' };

/** The platform this process runs on. */
export function thisPlatform(): Platform {
  return { os: process.platform, arch: archs[process.arch] ?? process.arch };
}

/** `linux-amd64` and the like, as release files are named. */
export function goTarget(platform: Platform): string {
  return `${platform.os}-${platform.arch}`;
}
