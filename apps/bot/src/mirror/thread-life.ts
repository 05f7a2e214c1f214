/** Threads fall asleep when nobody posts, and take neither edits nor deletes until they are woken. */
import { DiscordAPIError, type REST, Routes } from "discord.js";

const THREAD_ARCHIVED = 50_083;

/** Does it, and where the thread is asleep wakes it first. */
export async function revived<T>(
  rest: REST,
  threadId: string,
  signal: AbortSignal,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof DiscordAPIError) || error.code !== THREAD_ARCHIVED) throw error;
    await rest.patch(Routes.channel(threadId), { body: { archived: false }, signal });
    return await act();
  }
}
