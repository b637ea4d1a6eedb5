/** A list of channels by the simplest thing that makes it. */
export type ChannelSelection =
  /** From `start` up to, not including, `end`. */
  | { readonly kind: 'slice'; readonly start: number; readonly end: number }
  /** A shuffle: [groups, channels of a group] transposed. */
  | { readonly kind: 'shuffle'; readonly groups: number }
  | { readonly kind: 'list' };

/** How a `selectChannels` node takes its channels out of `available` ones. */
export function channelSelection(channels: readonly number[], available: number): ChannelSelection {
  const start = channels[0]!;
  if (channels.every((channel, k) => channel === start + k)) {
    return { kind: 'slice', start, end: start + channels.length };
  }
  const size = channels[1]!;
  const groups = available / size;
  const shuffled = (k: number) => (k % groups) * size + Math.floor(k / groups);
  const isShuffle =
    channels.length === available &&
    Number.isInteger(groups) &&
    channels.every((channel, k) => channel === shuffled(k));
  return isShuffle ? { kind: 'shuffle', groups } : { kind: 'list' };
}
