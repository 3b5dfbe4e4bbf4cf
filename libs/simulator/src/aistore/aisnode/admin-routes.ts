import { type Answer, ApiError, type Call, json, okay } from '../process/call.ts';
import { parseFaults } from './faults.ts';
import type { NodeContext } from './node-context.ts';

/** Path under which a test talks to the stand-in about itself; AIStore has nothing there. */
export const adminPath = 'stand-in';

/**
 * What a test asks of the stand-in, and AIStore does not have:
 *
 *     GET /stand-in/journal?since=N   requests of everybody but nodes, after the Nth
 *     GET /stand-in/faults            how this node departs from a healthy one
 *     PUT /stand-in/faults            the same, replaced
 */
export function answerAdmin(node: NodeContext, call: Call): Answer {
  const [, what] = call.path;
  if (what === 'journal' && call.method === 'GET') {
    return json(node.journal.since(Number(call.query.get('since') ?? 0)));
  }
  if (what === 'faults' && call.method === 'GET') return json(node.faults.current);
  if (what === 'faults' && call.method === 'PUT') {
    const faults = parseFaults(call.body.toString('utf8'));
    if (faults === undefined)
      throw new ApiError(400, 'there is a fault in it that the stand-in does not know');
    node.faults.current = faults;
    return okay;
  }
  throw new ApiError(404, `nothing at ${call.method} ${call.url}`);
}
