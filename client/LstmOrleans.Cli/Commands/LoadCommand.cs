using System.CommandLine;
using System.Globalization;
using LstmOrleans.Cli.Load;

namespace LstmOrleans.Cli.Commands;

/// <summary><c>lstm load</c>: events for a cluster to be looked at.</summary>
internal static class LoadCommand
{
    private const int MostStreams = 100_000;
    private const double MostRate = 1e6;

    private const string Notes = """
        Each stream is held by a session; one that exists is taken over and goes on where it stands. Nothing is stored here. A server may be killed meanwhile:
        calls are sent again, nothing is applied twice.
        Without --model it makes a small model with random weights in the servers' folder of models, as 'lstm model import' would find that.

        Examples:
          lstm load
          lstm load --streams 1000 --rate 0 --seconds 30 --models lstm-data/cluster/models
          lstm load --streams 20 --model pump --prefix trial-
        """;

    public static Command Create()
    {
        var streams = new Option<int>("--streams") { Description = $"How many, 1 to {MostStreams}.", HelpName = "N", DefaultValueFactory = _ => 100 };
        var rate = new Option<double>("--rate")
        {
            Description = "Events a second of each stream; 0 = as many as are answered.", HelpName = "R", DefaultValueFactory = _ => 10,
        };
        var seconds = new Option<double?>("--seconds") { Description = "How long. Default: until Ctrl+C.", HelpName = "S" };
        var model = new Option<string>("--model") { Description = "A model's name, or its hash.", HelpName = "NAME|HASH", DefaultValueFactory = _ => LoadModel.Name };
        var prefix = new Option<string>("--prefix") { Description = "Streams are PREFIX0, PREFIX1, ...", HelpName = "KEY", DefaultValueFactory = _ => "load-" };
        var data = new Option<string?>("--data") { Description = "The servers' data folder; models are in its folder models.", HelpName = "DIR" };
        var models = new Option<string?>("--models") { Description = "The servers' folder of models itself.", HelpName = "DIR" };
        var server = new ServerOptions();
        var command = new DocumentedCommand("load", "Stream random walks, and say how many events a second are answered.", Notes) { streams, rate, seconds, model, prefix, data, models };
        server.AddTo(command);
        command.SetAction(parsed => CommandRunner.Guard(async cancellation =>
        {
            var options = new LoadOptions
            {
                Streams = parsed.GetValue(streams) is >= 1 and <= MostStreams and var count ? count : throw Usage($"--streams is {parsed.GetValue(streams)}; it must be from 1 to {MostStreams}."),
                Rate = parsed.GetValue(rate) is >= 0 and <= MostRate and var given
                    ? given : throw Usage(string.Create(CultureInfo.InvariantCulture, $"--rate is {parsed.GetValue(rate)}; it must be from 0 to {MostRate} events a second.")),
                Duration = parsed.GetValue(seconds) switch
                {
                    null => Timeout.InfiniteTimeSpan,
                    > 0 and <= 1e6 and var time => TimeSpan.FromSeconds(time),
                    var wrong => throw Usage(string.Create(CultureInfo.InvariantCulture, $"--seconds is {wrong}; it must be above 0 and at most 1000000. Leave it out to run until Ctrl+C.")),
                },
                Model = parsed.GetRequiredValue(model),
                Prefix = parsed.GetRequiredValue(prefix),
            };
            if (options.Model == LoadModel.Name)
            {
                string folder = ModelCommand.Folder(parsed.GetValue(models), parsed.GetValue(data));
                if (LoadModel.Provide(folder))
                    Console.WriteLine($"Model '{LoadModel.Name}' (random weights) was put into {folder}.");
            }

            await using var connection = await server.ConnectAsync(parsed, cancellation);
            await LoadRun.RunAsync(connection.Client, options, Console.WriteLine, cancellation);
        }));
        return command;
    }

    private static CommandException Usage(string message) => new(message) { IsUsage = true };
}
