/**
 * A worker can end without a word: killed for its memory, or closed. It holds a Web Lock for as long as it
 * lives, and tells the page the lock's name; the page asks for the same lock, and gets it only from the dead.
 */

/** The worker's first message, sent when it holds the lock. */
export interface LifeMessage {
  readonly lifeLock: string;
}

export const isLifeMessage = (data: unknown): data is LifeMessage =>
  typeof data === 'object' && data !== null && 'lifeLock' in data && typeof data.lifeLock === 'string';
