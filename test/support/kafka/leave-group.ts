import { ask } from '../servers/ask.js';
import { WireWriter } from './wire-codec.js';

const leaveGroupApi = 13;

/** Says to the broker at `port` that a member leaves its group, which the member itself knows nothing of. */
export async function leaveGroup(port: number, groupId: string, memberId: string): Promise<void> {
  const { bytes } = new WireWriter()
    .int16(leaveGroupApi)
    .int16(1)
    .int32(1)
    .string('slipway-test')
    .string(groupId)
    .string(memberId);
  const request = new WireWriter().int32(bytes.length).raw(bytes);
  // Length, correlation id, throttle time, error.
  const answer = await ask(port, request.bytes, (received) => received.length >= 14, 10_000);
  if (answer?.readInt16BE(12) !== 0) throw new Error(`LeaveGroup of ${memberId}: ${answer?.toString('hex')}`);
}
