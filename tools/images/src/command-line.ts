import { basename, join } from 'node:path';
import { type Clock, HwError } from '@rackwright/core';
import { type ProcessRunner, SystemProcessRunner } from '@rackwright/host';
import { appNames, checkBuilt } from '@rackwright/testbed';
import { stageForBake } from './bases/bake-context.ts';
import { buildBase } from './bases/build-bases.ts';
import { requiredImage } from './bases/pinned-image.ts';
import { baseNames } from './bases/references.ts';
import { buildApp } from './build-app.ts';
import { readCommit } from './commit.ts';
import type { BuildTool } from './engine/build-tool.ts';
import { findBuildTool } from './engine/find-tool.ts';
import { ImagesFolder } from './images-folder.ts';
import type { Image } from './oci/image.ts';
import { imageDocuments } from './oci/layout.ts';
import { readOciArchive } from './oci/read-archive.ts';
import { originOf } from './origin.ts';
import { buildTwice, differences, reproduceReport } from './reproduce.ts';
import { violationsOf } from './scan/findings.ts';
import { scanReport } from './scan/report.ts';
import { type ScannedImage, scanImage } from './scan/scan.ts';
import { signFile, signingWords } from './sign.ts';
import { Workspace } from './workspace.ts';

/** What the commands need from the process. */
export interface CommandLineOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Ends what runs. */
  readonly signal: AbortSignal;
  /** The folder it was started in. */
  readonly cwd: string;
  /** Results, one line at a time. */
  readonly print: (line: string) => void;
  /** What is going on, one line at a time. */
  readonly progress: (line: string) => void;
}

const usage = `usage:
  bases         build the base, the mount tools and the images of the test testEnv's pods
  app [name]    build an app's image; default the app of the current folder
  scan [name]   look into the images and print what is in them; 1 when something must not be there
  reproduce [tool [tool]]
                build this commit twice and compare everything; 1 when something differs
  stage         make what docker buildx bake builds from, for every architecture
  sign          sign archives, lists of contents and provenance, with cosign and the key COSIGN_KEY names; without it say so`;

/** The commands of this tool. */
export class CommandLine {
  readonly #options: CommandLineOptions;
  readonly #workspace = new Workspace();
  readonly #folder = new ImagesFolder(this.#workspace.images);
  readonly #runner: ProcessRunner;

  constructor(options: CommandLineOptions) {
    this.#options = options;
    this.#runner = new SystemProcessRunner(options.clock);
  }

  /** Runs one command; returns the exit code: 0 done, 2 wrong usage. */
  async run(argv: readonly string[]): Promise<number> {
    const [command, ...names] = argv;
    if (command === 'bases' && names.length === 0) return this.#bases();
    if (command === 'app' && names.length <= 1) return this.#app(names[0] ?? basename(this.#options.cwd));
    if (command === 'scan') return this.#scan(names.length === 0 ? appNames : names);
    if (command === 'reproduce' && names.length <= 2) return this.#reproduce(names);
    if (command === 'stage' && names.length === 0) return this.#stage();
    if (command === 'sign' && names.length === 0) return this.#sign();
    const asked = command === '--help' || command === '-h';
    (asked ? this.#options.print : this.#options.progress)(usage);
    return asked ? 0 : 2;
  }

  async #bases(): Promise<number> {
    const tool = await this.#tool();
    const { env } = this.#options;
    const options = { workspace: this.#workspace, folder: this.#folder, tool, runner: this.#runner, env };
    for (const name of baseNames) this.#tell(await buildBase(name, options));
    return 0;
  }

  async #app(app: string): Promise<number> {
    if (!(appNames as readonly string[]).includes(app)) {
      throw new HwError('InvalidArgument', `${app} is no app`, { remedy: `one of ${appNames.join(', ')}` });
    }
    checkBuilt(join(this.#workspace.root, 'dist/apps'), [app]);
    const commit = await readCommit(this.#workspace.root, this.#options.env, this.#runner);
    const tool = await this.#tool();
    const origin = originOf(this.#options.env);
    const options = { workspace: this.#workspace, folder: this.#folder, tool, commit, origin };
    this.#tell(await buildApp(app, options));
    return 0;
  }

  async #scan(names: readonly string[]): Promise<number> {
    const images: ScannedImage[] = [];
    for (const name of names) {
      const archive = await this.#folder.read(name, 'archive');
      const image = await readOciArchive(archive, this.#folder.file(name, 'archive'));
      images.push(await scanImage(name, image));
    }
    const violations = images.flatMap(({ name, findings }) => violationsOf(name, findings));
    this.#options.print(scanReport(images));
    for (const violation of violations) this.#options.print(`VIOLATION: ${violation}`);
    this.#options.print(`\n${images.length} images scanned, ${violations.length} violations`);
    return violations.length === 0 ? 0 : 1;
  }

  async #reproduce(tools: readonly string[]): Promise<number> {
    const { env, signal, progress, print } = this.#options;
    const options = { workspace: this.#workspace, runner: this.#runner, env, signal, progress };
    const { revision } = await readCommit(this.#workspace.root, env, this.#runner);
    if (revision.endsWith('-dirty')) progress('what is not committed is left out');
    const [first, second] = await buildTwice(tools, options);
    print(reproduceReport(first, second));
    const different = differences(first, second);
    print(`\n${first.size} files built twice, ${different.length} differ`);
    return different.length === 0 ? 0 : 1;
  }

  async #stage(): Promise<number> {
    const { env, print } = this.#options;
    const commit = await readCommit(this.#workspace.root, env, this.#runner);
    const folder = join(this.#workspace.root, 'dist/bake');
    const origin = originOf(env);
    const images = {
      base: requiredImage(env, 'RACKWRIGHT_BASE_IMAGE'),
      mountTools: requiredImage(env, 'RACKWRIGHT_MOUNT_TOOLS_IMAGE'),
    };
    const parts = { workspace: this.#workspace, runner: this.#runner, path: env.PATH };
    const options = { ...parts, commit, origin, ...images };
    await stageForBake(folder, options);
    print(folder);
    return 0;
  }

  async #sign(): Promise<number> {
    const { env, print } = this.#options;
    const key = env.COSIGN_KEY;
    if (!key) {
      print('signing: skipped, COSIGN_KEY is not set');
      return 0;
    }
    const words = await signingWords(this.#runner);
    for (const app of appNames) {
      for (const kind of ['archive', 'sbom', 'provenance'] as const) {
        print(await signFile(this.#folder.file(app, kind), key, words, this.#runner));
      }
    }
    return 0;
  }

  async #tool(): Promise<BuildTool> {
    const { env, signal, progress } = this.#options;
    const tool = await findBuildTool({ env, signal, runner: this.#runner });
    progress(`building with ${tool.name} ${tool.version}`);
    return tool;
  }

  #tell(image: Image): void {
    this.#options.print(`${image.reference} ${imageDocuments(image).digest}`);
  }
}
