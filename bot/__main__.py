"""The commands: ``python -m bot --help`` lists them."""

from bot.commands import commands

if __name__ == "__main__":
    commands(prog_name="python -m bot")
