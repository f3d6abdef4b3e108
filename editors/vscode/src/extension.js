"use strict";

// Starts `gradc lsp` and lets it answer for graphs.

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

/** The command of the settings, with the folder of the workspace put in. */
function command() {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? ".";
  const words = vscode.workspace.getConfiguration("gradc").get("server");
  return words.map((word) => word.replaceAll("${workspaceFolder}", folder));
}

async function start() {
  const [program, ...args] = command();
  const server = { command: program, args };
  const options = {
    documentSelector: [
      { scheme: "file", language: "graph" },
      { scheme: "untitled", language: "graph" },
    ],
    synchronize: {
      fileEvents: vscode.workspace.createFileSystemWatcher("**/{*.graph,pyproject.toml}"),
    },
  };
  client = new LanguageClient("gradc", "gradc", server, options);
  try {
    await client.start();
  } catch (failure) {
    vscode.window.showErrorMessage(
      `gradc: \`${[program, ...args].join(" ")}\` does not start (${failure.message}). ` +
        "Install it with `pip install 'gradc[lsp]'`, or name it in the setting `gradc.server`.",
    );
  }
}

async function stop() {
  const stopped = client;
  client = undefined;
  if (stopped?.needsStop()) {
    await stopped.stop();
  }
}

async function restart() {
  await stop();
  await start();
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("gradc.restart", restart),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("gradc.server")) {
        return restart();
      }
    }),
  );
  if (vscode.workspace.isTrusted) {
    await start();
  } else {
    context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(start));
  }
}

module.exports = { activate, deactivate: stop };
