using System.CommandLine;
using LstmOrleans.Cli.Commands;
using LstmOrleans.Cli.Commands.Cluster;
using LstmOrleans.Cli.Commands.Streams;

var root = new RootCommand("Trained LSTMs over live streams.")
{
    IngestCommand.Create(),
    ForwardCommand.Create(),
    StreamCommand.Create(),
    ModelCommand.Create(),
    StoreCommand.Create(),
    ClusterCommand.Create(),
    LoadCommand.Create(),
    RecordCommand.Create(),
};
return CommandRunner.Run(root, args);
