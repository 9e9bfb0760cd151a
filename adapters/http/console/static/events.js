// Server-sent events of an answer to a POST, which EventSource cannot send.
export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = block.split("\n").map((line) => line.split(/: ?(.*)/s));
      const data = fields.filter(([name]) => name === "data").map(([, text]) => text).join("\n");
      const name = fields.find(([name]) => name === "event")?.[1] ?? "message";
      if (data) yield [name, JSON.parse(data)];
    }
  }
}
