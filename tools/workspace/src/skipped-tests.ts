/**
 * Why a test may be left out with CI=true, as it says in its name. A program
 * that is missing is no reason: the pipelines install what tests need.
 */
const excuses: readonly RegExp[] = [
  // Rights of the runner, which no pipeline can give itself.
  /\bneeds? root\b|\bunless root\b/,
  // Half an hour of builds, which `.ci/run` asks for, and campaigns that people ask for.
  /RACKWRIGHT_(SLOW|LONG)_TESTS is not set/,
  // AIStore's own programs, which the stand-ins are compared with where somebody has them.
  /\(needs (AISNODE|AISINIT|AUTHN)_BIN\)/,
  // Tools that build images: RACKWRIGHT_REQUIRE_CONTAINERS makes them a must.
  /\(skipped: .*(does not answer|cannot build here|alone builds here|no tool builds here)/,
];

/** The tests among those left out that should have run. */
export function unexcused(skipped: readonly string[]): string[] {
  return skipped.filter((name) => !excuses.some((excuse) => excuse.test(name)));
}
