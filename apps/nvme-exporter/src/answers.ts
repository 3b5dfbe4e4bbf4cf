import type { HttpReply } from '@rackwright/service';
import type { Collection } from './collect/collection.ts';
import { type DocumentSettings, nvmeDocument } from './json/document.ts';
import { openMetrics, textFormat, toOpenMetrics } from './metrics/exposition.ts';
import { renderMetrics } from './metrics/render.ts';

export interface AnswerSettings extends DocumentSettings {
  readonly commit: string;
  /** Whether the operator took the newest handshake; undefined where none is made. */
  readonly handshakeUp: () => boolean | undefined;
}

/** Answers from the newest collection; each is put together once, however many ask. */
export class Answers {
  readonly #settings: AnswerSettings;
  #metrics:
    | { readonly of: Collection; readonly handshakeUp: boolean | undefined; readonly text: string }
    | undefined;
  #document: { readonly of: Collection; readonly text: string } | undefined;

  constructor(settings: AnswerSettings) {
    this.#settings = settings;
  }

  /** @param own metrics of the process, which are of now */
  metrics(collection: Collection | undefined, own: string, wantsOpenMetrics: boolean): HttpReply {
    const text = (collection === undefined ? '' : this.#metricsOf(collection)) + own;
    return wantsOpenMetrics
      ? { status: 200, contentType: openMetrics, body: toOpenMetrics(text) }
      : { status: 200, contentType: textFormat, body: text };
  }

  document(collection: Collection | undefined): HttpReply {
    const contentType = 'application/json';
    if (collection === undefined)
      return { status: 503, contentType, body: '{"error":"the drives were not looked at yet"}\n' };
    if (this.#document?.of !== collection)
      this.#document = {
        of: collection,
        text: `${JSON.stringify(nvmeDocument(collection, this.#settings))}\n`,
      };
    return { status: 200, contentType, body: this.#document.text };
  }

  #metricsOf(collection: Collection): string {
    const handshakeUp = this.#settings.handshakeUp();
    if (this.#metrics?.of !== collection || this.#metrics.handshakeUp !== handshakeUp) {
      const now = handshakeUp === undefined ? collection : { ...collection, handshakeUp };
      this.#metrics = { of: collection, handshakeUp, text: renderMetrics(now, this.#settings) };
    }
    return this.#metrics.text;
  }
}

/** What there is, for people. */
export const index: HttpReply = {
  status: 200,
  contentType: 'text/html; charset=utf-8',
  body: `<!DOCTYPE html><title>nvme-exporter</title><h1>nvme-exporter</h1><ul>${[
    '/metrics',
    '/nvme',
    '/healthz',
    '/readyz',
  ]
    .map((path) => `<li><a href="${path}">${path}</a></li>`)
    .join('')}</ul>\n`,
};
