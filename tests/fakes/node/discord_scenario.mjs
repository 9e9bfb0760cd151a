// A bot on discord.js that does a little of everything, and writes a line of JSON for everything it is told:
// {"event": ..., ...}.
import { createRequire } from "node:module";
import process from "node:process";

const require = createRequire(`${process.env.NODE_FOLDER}/`);
const discord = require("discord.js");
const { ActionRowBuilder, ButtonBuilder, ButtonStyle, Client, Events, GatewayIntentBits, Partials } = discord;
const { MessageFlags, ModalBuilder, TextInputBuilder, TextInputStyle } = discord;

const tell = (event, details = {}) => process.stdout.write(`${JSON.stringify({ event, ...details })}\n`);
const client = new Client({
  intents: [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.DirectMessages,
    GatewayIntentBits.MessageContent,
  ],
  partials: [Partials.Channel, Partials.Message],
  allowedMentions: { parse: [], repliedUser: false },
  rest: { api: process.env.DISCORD_API_URL.replace(/\/v10$/, "") },
});

const button = (id, label) => new ButtonBuilder().setCustomId(id).setLabel(label).setStyle(ButtonStyle.Secondary);
const buttons = new ActionRowBuilder().addComponents(button("good:7", "Good"), button("bad:7", "Bad"));
const commands = [
  {
    name: "ask",
    description: "Asks",
    nameLocalizations: { ko: "질문" },
    options: [
      { name: "question", description: "What", type: 3, required: true, autocomplete: true },
      { name: "file", description: "Which", type: 11 },
    ],
  },
  { name: "About this", type: 3 },
];

const guarded = (act) => async (...given) => {
  try {
    await act(...given);
  } catch (error) {
    tell("error", { message: String(error), stack: error.stack });
  }
};

client.once(
  Events.ClientReady,
  guarded(async () => {
    await client.application.commands.set(commands);
    tell("started", { user: client.user.username, guilds: client.guilds.cache.map((guild) => guild.name) });
  }),
);

client.on(
  Events.MessageCreate,
  guarded(async (message) => {
    if (message.author.bot) return;
    tell("message", { content: message.content, id: message.id });
    for (const attachment of message.attachments.values()) {
      const response = await fetch(attachment.url);
      tell("file", { name: attachment.name, content: await response.text() });
    }
    if (!message.mentions.has(client.user)) return;
    await message.channel.sendTyping();
    const reply = await message.reply("one moment");
    await reply.edit({ content: "updated", components: [buttons] });
    await message.react("👀");
    const thread = await reply.startThread({ name: "A session" });
    await thread.send({ content: "in the thread", files: [{ attachment: Buffer.from("data"), name: "a.txt" }] });
    const history = await message.channel.messages.fetch({ limit: 5 });
    tell("history", { contents: history.map((one) => one.content) });
  }),
);

client.on(Events.MessageUpdate, (_, message) => tell("edit", { content: message.content }));
client.on(Events.MessageDelete, (message) => tell("delete", { id: message.id }));

client.on(
  Events.InteractionCreate,
  guarded(async (interaction) => {
    if (interaction.isAutocomplete()) {
      await interaction.respond([{ name: `${interaction.options.getFocused()}?`, value: "1" }]);
    } else if (interaction.isMessageContextMenuCommand()) {
      await interaction.reply({ content: `about ${interaction.targetMessage.content}`, flags: MessageFlags.Ephemeral });
    } else if (interaction.isChatInputCommand()) {
      await interaction.deferReply();
      const file = interaction.options.getAttachment("file");
      const content = file ? await (await fetch(file.url)).text() : "";
      await interaction.editReply(`${interaction.locale}: ${interaction.options.getString("question")} ${content}`);
      await interaction.followUp({ content: "only for you", flags: MessageFlags.Ephemeral });
    } else if (interaction.isButton() && interaction.customId.startsWith("good")) {
      await interaction.update({ content: "thank you", components: [] });
    } else if (interaction.isButton()) {
      const field = new TextInputBuilder().setCustomId("reason").setLabel("Why").setStyle(TextInputStyle.Short);
      const row = new ActionRowBuilder().addComponents(field);
      await interaction.showModal(new ModalBuilder().setCustomId("form").setTitle("Bad").addComponents(row));
    } else if (interaction.isModalSubmit()) {
      await interaction.reply(`because ${interaction.fields.getTextInputValue("reason")}`);
    }
  }),
);

client.on(Events.ShardResume, (_, replayed) => tell("resumed", { replayed }));
client.on(Events.Error, (error) => tell("error", { message: String(error), stack: error.stack }));

await client.login(process.env.DISCORD_TOKEN);
process.on("SIGTERM", async () => {
  await client.destroy();
  process.exit(0);
});
