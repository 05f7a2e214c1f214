/** Where the command's words go. Nobody reading them any more is no reason to stop. */
export function say(text: string): void {
  process.stdout.write(text);
}

export function complain(text: string): void {
  process.stderr.write(text);
}

/** [CLI6] Nobody reading the output any more does not stop the deployment. */
export function survivePipes(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}
