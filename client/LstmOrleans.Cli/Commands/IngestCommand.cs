using System.CommandLine;
using LstmOrleans.Cli.Ingest;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Cli.Commands;

/// <summary><c>lstm ingest</c>: rows into a stream, answers out of it.</summary>
internal static class IngestCommand
{
    private const string Notes = """
        What is promised:
          --output FILE   exactly once. Answers are on disk before they are confirmed; FILE.cursor says how far input, output and
                          stream have come. Kill this program or the server at any moment and give the same command again: FILE
                          becomes what it would have been, no row missing, none twice.
          stdout          at least once: what was printed cannot be taken back. --cursor FILE makes it go on where it stopped.
          --mode          durable: a row is answered when its state is on disk. checkpointed: the stream is written behind, so the server
                          writes less often; the answers of rows wait here until they are on disk there. The promises are the same.
          Another input with the same --output goes on behind the last one: a file per day makes one stream.
          A last line without a line break is taken as a whole row.
          --resume takes over a stream that somebody else opened and sends from where it stands. Two runs that send to one stream at a time
          do no harm to it: an event takes its position once, and the run that comes second to a position with another row stops (Conflict);
          what the other one sent stays. Nothing tells beforehand that another run is at work; stop it first.
          With --position-column, rows at or below the stored position are repeats, and a missing position stops the run.

        Examples:
          lstm ingest --stream pump-7 --model pump --input monday.csv --output pump-7.csv
          lstm ingest --stream pump-7 --model pump --input tuesday.csv --output pump-7.csv
          tail -F live.jsonl | lstm ingest --stream web --model web --format jsonl --cursor web.cursor
          lstm ingest --stream fan-3 --model fan --input fan.csv --output fan-out.csv --mode checkpointed
          lstm ingest --stream ecg --model ecg --input ecg.csv --columns lead1,lead2 --position-column seq --output ecg-out.csv
        """;

    public static Command Create()
    {
        var stream = new Option<string>("--stream")
        {
            Description = "The stream's key: your own id of it.",
            HelpName = "KEY",
            Required = true,
        };
        var model = new Option<string>("--model")
        {
            Description = "A model's name, or its hash.",
            HelpName = "NAME|HASH",
            Required = true,
        };
        var position = new Option<string?>("--position-column")
        {
            Description = "The column with each event's position (1, 2, 3 ...).",
            HelpName = "NAME",
        };
        var output = new Option<string?>("--output")
        {
            Description = "Where answers go: a file (exactly once), or - for standard output (at least once). Default: -.",
            HelpName = "FILE|-",
        };
        var cursor = new Option<string?>("--cursor")
        {
            Description = "Where to keep how far the run has come. Default: OUTPUT.cursor; none for standard output.",
            HelpName = "FILE",
        };
        var invalid = new Option<string?>("--on-invalid")
        {
            Description = "At a broken row: stop behind the last whole one (default), or skip it; a skipped row takes no position.",
            HelpName = "stop|skip",
        };
        invalid.AcceptOnlyFromAmong("stop", "skip");
        var mode = new Option<string?>("--mode")
        {
            Description = "When rows are answered, if the stream is opened now. Default: durable.",
            HelpName = "durable|checkpointed",
        };
        mode.AcceptOnlyFromAmong("durable", "checkpointed");
        var resume = new Option<bool>("--resume")
        {
            Description = "Take over a stream that is open already, where it stands.",
        };
        var standardInput = new Option<string?>("--stdin")
        {
            Description = "What standard input gives after an earlier run: the same rows from the beginning, or the next ones.",
            HelpName = "same|next",
        };
        standardInput.AcceptOnlyFromAmong("same", "next");
        var rows = new RowOptions();
        var server = new ServerOptions();
        var command = new DocumentedCommand("ingest", "Send rows to a stream and write its answers.", Notes) { stream, model };
        rows.AddTo(command);
        foreach (var option in new Option[] { position, output, cursor, invalid, mode, resume, standardInput })
            command.Options.Add(option);
        server.AddTo(command);

        command.SetAction(parsed =>
        {
            var counts = new IngestCounts();
            string? file = null;
            return CommandRunner.Guard(
                async cancellation =>
                {
                    file = parsed.GetValue(output) is { } name and not "-" ? name : null;
                    var options = new IngestOptions
                    {
                        Stream = parsed.GetRequiredValue(stream),
                        Model = parsed.GetRequiredValue(model),
                        Input = rows.Input(parsed),
                        SameStandardInput = parsed.GetValue(standardInput) is { } given ? given == "same" : null,
                        Json = rows.Json(parsed),
                        Columns = rows.Columns(parsed),
                        PositionColumn = parsed.GetValue(position),
                        Output = file,
                        Cursor = parsed.GetValue(cursor) ?? (file is null ? null : file + ".cursor"),
                        SkipInvalid = parsed.GetValue(invalid) == "skip",
                        Mode = parsed.GetValue(mode) switch
                        {
                            null => null,
                            "durable" => StreamMode.Durable,
                            _ => StreamMode.Checkpointed,
                        },
                        Resume = parsed.GetValue(resume),
                        AnswerOutput = rows.AnswerOutput(parsed),
                        Gateway = server.Gateway(parsed),
                        RetryFor = server.RetryFor(parsed),
                    };
                    await IngestProgress.ShowAsync(counts, note => IngestRun.RunAsync(options, counts, note, cancellation));
                    if (counts.NothingNew)
                        await Console.Error.WriteLineAsync($"{options.Input} was consumed to its end before; there is nothing new in it.");
                    await Console.Error.WriteLineAsync(counts.Summary());
                },
                () => $"Interrupted: {counts.Summary()}. {GoOn(file ?? parsed.GetValue(cursor))}");
        });
        return command;
    }

    private static string GoOn(string? kept) => kept is null
        ? "No cursor was kept; --resume goes on where the stream stands (lstm stream show)."
        : "The same command goes on there.";
}
