/** One build of one Dockerfile. */
export interface BuildRequest {
  readonly dockerfile: string;
  /** The folder its COPY instructions read. */
  readonly context: string;
  readonly args: Readonly<Record<string, string>>;
  /** Image archives that its FROM instructions name. */
  readonly images: readonly string[];
  /** Whether an image that is not among them may be fetched from its registry. */
  readonly pull: boolean;
}

/** A program that builds Dockerfiles. */
export interface BuildTool {
  readonly name: 'docker' | 'podman' | 'buildah';
  readonly version: string;
  /**
   * Builds the image and returns it as `docker save` would write it.
   *
   * @throws HwError FailedPrecondition with what the tool printed
   */
  build(request: BuildRequest): Promise<Buffer>;
}

/** Architecture names as images use them. */
export const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
