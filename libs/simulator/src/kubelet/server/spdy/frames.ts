import { HwError } from '@rackwright/core';

/** A frame of SPDY/3.1, as far as it means anything here. */
export type Frame =
  | { readonly type: 'data'; readonly stream: number; readonly fin: boolean; readonly data: Buffer }
  | { readonly type: 'open'; readonly stream: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: 'reset'; readonly stream: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goAway' }
  | { readonly type: 'other' };

const version = 3;
const headerBytes = 8;
const finFlag = 1;
/** A control frame is never longer here: it holds some headers at most. */
const mostControlBytes = 64 * 1024;
const streamMask = 0x7f_ff_ff_ff;

/** Numbers of the control frames. */
const control = { open: 1, reply: 2, reset: 3, ping: 6, goAway: 7 } as const;

/** Cuts the bytes of a connection into frames. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws HwError InvalidArgument for what is no SPDY/3.1 */
  push(chunk: Buffer): Frame[] {
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    while (rest.length >= headerBytes) {
      checkHead(rest);
      const end = headerBytes + rest.readUIntBE(5, 3);
      if (rest.length < end) break;
      frames.push(parseFrame(rest.subarray(0, end)));
      rest = rest.subarray(end);
    }
    this.#rest = rest;
    return frames;
  }
}

function isControl(frame: Buffer): boolean {
  return ((frame[0] ?? 0) & 0x80) !== 0;
}

function checkHead(frame: Buffer): void {
  if (!isControl(frame)) return;
  if ((frame.readUInt16BE(0) & 0x7f_ff) !== version) {
    throw new HwError('InvalidArgument', 'a frame is not of SPDY/3');
  }
  if (frame.readUIntBE(5, 3) > mostControlBytes) {
    throw new HwError('InvalidArgument', 'a control frame is too long');
  }
}

function parseFrame(frame: Buffer): Frame {
  const fin = ((frame[4] ?? 0) & finFlag) !== 0;
  const body = frame.subarray(headerBytes);
  if (!isControl(frame)) return { type: 'data', stream: frame.readUInt32BE(0), fin, data: body };
  const kind = frame.readUInt16BE(2);
  if (kind === control.goAway) return { type: 'goAway' };
  if (kind !== control.open && kind !== control.reset && kind !== control.ping) return { type: 'other' };
  if (body.length < (kind === control.open ? 10 : 4)) {
    throw new HwError('InvalidArgument', 'a control frame is too short');
  }
  const first = body.readUInt32BE(0);
  if (kind === control.ping) return { type: 'ping', id: first };
  const stream = first & streamMask;
  return kind === control.reset
    ? { type: 'reset', stream }
    : { type: 'open', stream, fin, block: body.subarray(10) };
}

export function dataFrame(stream: number, data: Buffer, fin: boolean): Buffer {
  const head = Buffer.alloc(headerBytes);
  head.writeUInt32BE(stream);
  head.writeUInt8(fin ? finFlag : 0, 4);
  head.writeUIntBE(data.length, 5, 3);
  return Buffer.concat([head, data]);
}

export function replyFrame(stream: number, block: Buffer): Buffer {
  return controlFrame(control.reply, Buffer.concat([numbers(stream), block]));
}

/** Status 3: refused. */
export function resetFrame(stream: number): Buffer {
  return controlFrame(control.reset, numbers(stream, 3));
}

export function pingFrame(id: number): Buffer {
  return controlFrame(control.ping, numbers(id));
}

export function goAwayFrame(lastStream: number): Buffer {
  return controlFrame(control.goAway, numbers(lastStream, 0));
}

function controlFrame(kind: number, body: Buffer): Buffer {
  const head = Buffer.alloc(headerBytes);
  head.writeUInt16BE(0x80_00 | version);
  head.writeUInt16BE(kind, 2);
  head.writeUIntBE(body.length, 5, 3);
  return Buffer.concat([head, body]);
}

function numbers(...values: readonly number[]): Buffer {
  const body = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) body.writeUInt32BE(value, 4 * i);
  return body;
}
