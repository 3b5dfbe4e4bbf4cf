import { rmSync } from 'node:fs';
import { Server } from '@grpc/grpc-js';
import { type ListPodResourcesResponse, PodResourcesListerService } from '../gen/podresources/v1/api.ts';
import { serve } from './serve.ts';

/** What one pod of a single container holds. */
export interface HeldBy {
  readonly pod: string;
  readonly resource: string;
  readonly ids: readonly string[];
}

/** The kubelet's pod resources socket with an answer set by the test. */
export class PlainPodResources implements AsyncDisposable {
  held: readonly HeldBy[] = [];
  /** How often it was asked. */
  calls = 0;
  readonly #server = new Server();
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  static async start(path: string): Promise<PlainPodResources> {
    const self = new PlainPodResources(path);
    self.#server.addService(PodResourcesListerService, {
      list: (_call: unknown, done: (error: null, response: ListPodResourcesResponse) => void) => {
        self.calls += 1;
        done(null, self.#answer());
      },
    });
    await serve(self.#server, path);
    return self;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
    rmSync(this.#path, { force: true });
  }

  #answer(): ListPodResourcesResponse {
    return {
      podResources: this.held.map(({ pod, resource, ids }) => ({
        name: pod,
        namespace: 'default',
        containers: [{ name: 'main', devices: [{ resourceName: resource, deviceIds: [...ids] }] }],
      })),
    };
  }
}
