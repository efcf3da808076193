/** What `probe` gives once it gives something; fails with `what` where that does not come within `limit` ms. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  limit = 30_000,
): Promise<T> {
  const end = Date.now() + limit;
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      const why = last instanceof Error ? `; ${last.message}` : "";
      throw new Error(`did not come within ${limit / 1000} s: ${what}${why}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
