using System.CommandLine;
using LstmOrleans.Cli.Commands;
using LstmOrleans.Cli.Commands.Streams;

var root = new RootCommand("Trained LSTMs over live streams.")
{
    IngestCommand.Create(),
    ForwardCommand.Create(),
    StreamCommand.Create(),
    ModelCommand.Create(),
    RecordCommand.Create(),
};
return CommandRunner.Run(root, args);
