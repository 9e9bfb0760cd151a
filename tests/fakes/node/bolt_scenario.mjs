// An app on Bolt for JavaScript that does a little of everything. It speaks Socket Mode, or HTTP where TRANSPORT is http,
// and writes a line of JSON for everything it is told: {"event": ..., ...}.
import { createRequire } from "node:module";
import process from "node:process";

const require = createRequire(`${process.env.BOLT_FOLDER}/`);
const { App, LogLevel, SocketModeReceiver } = require("@slack/bolt");

const tell = (event, details = {}) => process.stdout.write(`${JSON.stringify({ event, ...details })}\n`);
const http = process.env.TRANSPORT === "http";
const clientOptions = { slackApiUrl: process.env.SLACK_API_URL, retryConfig: { retries: 2, minTimeout: 10 } };
// It waits as long before it reconnects as for a pong; five seconds, unless told otherwise.
const overSocket = () =>
  new SocketModeReceiver({
    appToken: process.env.SLACK_APP_TOKEN,
    clientPingTimeout: 500,
    installerOptions: { clientOptions },
    logLevel: LogLevel.ERROR,
  });
const transport = http ? { signingSecret: process.env.SLACK_SIGNING_SECRET } : { receiver: overSocket() };

const app = new App({
  token: process.env.SLACK_BOT_TOKEN,
  clientOptions,
  logLevel: LogLevel.ERROR,
  ...transport,
});

const buttons = {
  type: "actions",
  elements: [{ type: "button", action_id: "like", text: { type: "plain_text", text: "Like" }, value: "7" }],
};

app.event("app_mention", async ({ event, client, body }) => {
  tell("app_mention", { text: event.text, event_id: body.event_id, ts: event.ts });
  const thread = { channel: event.channel, thread_ts: event.ts };
  await client.assistant.threads.setStatus({ channel_id: event.channel, thread_ts: event.ts, status: "is thinking..." });
  const posted = await client.chat.postMessage({
    ...thread,
    text: "one moment",
    blocks: [{ type: "markdown", text: "**one** moment" }, buttons],
  });
  await client.chat.update({ channel: event.channel, ts: posted.ts, text: "updated", blocks: [buttons] });
  const stream = client.chatStream({
    ...thread,
    recipient_team_id: event.team,
    recipient_user_id: event.user,
    buffer_size: 4,
  });
  for (const piece of ["a stream ", "of ", "words"]) await stream.append({ markdown_text: piece });
  await stream.stop();
  await client.reactions.add({ channel: event.channel, timestamp: event.ts, name: "eyes" });
});

app.message(async ({ message, client }) => {
  tell("message", { subtype: message.subtype ?? "", ts: message.ts });
  for (const { id } of message.files ?? []) {
    const { file } = await client.files.info({ file: id });
    const headers = { Authorization: `Bearer ${process.env.SLACK_BOT_TOKEN}` };
    const response = await fetch(file.url_private_download, { headers });
    tell("file", { name: file.name, content: await response.text() });
  }
});

app.command("/ask", async ({ command, ack, respond, client }) => {
  await ack();
  const { user } = await client.users.info({ user: command.user_id, include_locale: true });
  await respond({ text: `${user.locale} asked ${command.text}`, response_type: "ephemeral" });
});

app.action("like", async ({ action, ack, respond }) => {
  await ack();
  tell("action", { value: action.value });
  await respond({ text: "thank you", replace_original: true });
});

app.shortcut("add", async ({ shortcut, ack, client }) => {
  await ack();
  await client.views.open({
    trigger_id: shortcut.trigger_id,
    view: {
      type: "modal",
      callback_id: "form",
      title: { type: "plain_text", text: "Add to knowledge" },
      submit: { type: "plain_text", text: "Add" },
      blocks: [
        {
          type: "input",
          block_id: "title",
          label: { type: "plain_text", text: "Title" },
          element: { type: "plain_text_input", action_id: "value" },
        },
      ],
    },
  });
});

app.view("form", async ({ view, ack }) => {
  const title = view.state.values.title.value.value;
  if (!title) return ack({ response_action: "errors", errors: { title: "a title, please" } });
  await ack();
  return tell("submitted", { title });
});

app.event("app_home_opened", async ({ event, client }) => {
  await client.views.publish({
    user_id: event.user,
    view: { type: "home", blocks: [{ type: "section", text: { type: "mrkdwn", text: "Welcome" } }] },
  });
});

app.error(async (error) => tell("error", { message: String(error), stack: error.stack }));

const server = http ? await app.start(0) : await app.start();
tell("started", { port: http ? server.address().port : 0 });
process.on("SIGTERM", async () => {
  await app.stop();
  process.exit(0);
});
