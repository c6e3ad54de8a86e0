using System.CommandLine;
using LstmOrleans.Client;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Cli.Commands.Streams;

/// <summary>Which life of a stream at which position a command acts on: what the caller knows, or with <c>--current</c> what is there.</summary>
/// <remarks>A command that changes a stream never guesses: what came in between would be lost without anybody having seen it.</remarks>
internal sealed class StreamExpectation
{
    private readonly Option<string?> _incarnation = new("--incarnation")
    {
        Description = "The stream's incarnation (lstm stream show); with another one nothing is done.",
        HelpName = "HEX",
    };

    private readonly Option<long?> _position = new("--position")
    {
        Description = "Where the stream stands (lstm stream show); elsewhere nothing is done.",
        HelpName = "N",
    };

    private readonly Option<bool> _current = new("--current")
    {
        Description = "Instead of both: accept the stream as it is now. What that is, is printed.",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_incarnation);
        command.Options.Add(_position);
        command.Options.Add(_current);
        command.Validators.Add(given =>
        {
            bool current = given.GetValue(_current), both = given.GetValue(_incarnation) is not null && given.GetValue(_position) is not null;
            bool any = given.GetValue(_incarnation) is not null || given.GetValue(_position) is not null;
            if (current ? any : !both)
                given.AddError($"{command.Name} changes a stream: give --incarnation and --position as you know them, or --current to accept what is there.");
        });
    }

    /// <summary>Reads it, from the command line or from the stream.</summary>
    public async Task<(ulong Incarnation, long Position)> OfAsync(ParseResult parsed, LstmClient client, string key, CancellationToken cancellation)
    {
        if (!parsed.GetValue(_current))
            return (StreamText.ParseId("--incarnation", parsed.GetValue(_incarnation)!), parsed.GetValue(_position)!.Value);
        var view = await client.ShowAsync(key, cancellation);
        if (view.Status is not (StreamStatus.Ok or StreamStatus.Closed))
            throw new CommandException(view.Detail);
        await Console.Error.WriteLineAsync($"stream '{key}' is {view.Status}: incarnation {StreamText.Hex(view.Incarnation)}, position {view.Position}");
        return (view.Incarnation, view.Position);
    }
}
