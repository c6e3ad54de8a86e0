using System.Collections.Concurrent;
using LstmOrleans.Client;
using LstmOrleans.Contracts.Models;
using LstmOrleans.Rows;

namespace LstmOrleans.Cli.Ingest;

/// <summary>Rows of one input into one stream, answers into one output.</summary>
/// <remarks>
/// Two tasks: one reads rows and queues them, one takes answers and stores them. The queue between them is the producer's and is
/// bounded. A row that stops the run stops the reading only: what was queued before it is still applied and stored.
/// </remarks>
internal sealed class IngestRun
{
    private const int MostNotes = 10;

    private readonly IngestOptions _options;
    private readonly IngestCounts _counts;
    private readonly Action<string> _note;

    // How far the input was consumed with each queued event, in their order.
    private readonly ConcurrentQueue<(long Offset, long Line)> _marks = new();
    private (long Offset, long Line) _consumed;
    private string? _stopped;

    private IngestRun(IngestOptions options, IngestCounts counts, Action<string> note)
    {
        (_options, _counts, _note) = (options, counts, note);
    }

    /// <summary>Runs until the input ends.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="counts">Kept up to date.</param>
    /// <param name="note">Takes lines for a person, such as skipped rows.</param>
    /// <param name="cancellation">Stops at the last stored point.</param>
    /// <exception cref="CommandException">The run was refused, or stopped at a row; all before it is stored.</exception>
    public static async Task RunAsync(IngestOptions options, IngestCounts counts, Action<string> note, CancellationToken cancellation)
    {
        using var source = RowSource.Open(options.Input);
        using var place = IngestPlace.Find(options);
        var start = place.Enter(source);
        counts.Position = place.Position;
        await using var connection = await Connecting.ConnectAsync(options.Gateway, options.RetryFor, note, cancellation).ConfigureAwait(false);
        var models = await connection.Client.ModelsAsync(cancellation).ConfigureAwait(false);
        var hash = await place.PrepareAsync(connection.Client, models, cancellation).ConfigureAwait(false);
        // The input is looked at before the stream is opened: opening binds the key for ever.
        var spec = Spec(options, models.FirstOrDefault(model => model.Hash == hash && model.Problem.Length == 0));
        var rows = await RowReader.OpenAsync(source, spec, start.Offset, start.Line, cancellation).ConfigureAwait(false);
        if (place.IsNew)
            RequireFirstRow(options, rows, place.Position + 1);
        var stream = await place.OpenStreamAsync(connection.Client, cancellation).ConfigureAwait(false);
        // A model without a name is not in the list; the stream knows its sizes.
        rows.Bind(spec with { InputSize = stream.InputSize, FeatureNames = stream.FeatureNames });
        (counts.Position, counts.Length, counts.Offset) = (place.Position, source.Length, start.Offset);
        counts.NothingNew = source.IsFile && start.Offset > 0 && start.Offset == source.Length;
        await new IngestRun(options, counts, note).RunAsync(stream, rows, place, cancellation).ConfigureAwait(false);
    }

    private async Task RunAsync(LstmStream stream, RowReader rows, IngestPlace place, CancellationToken cancellation)
    {
        var source = rows.Source;
        var producer = new StreamProducer(stream, place.Position, finalOnly: true);
        _consumed = (rows.Offset, rows.Line);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _ = Task.Run(() => FeedAsync(producer, rows, place.Position + 1, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var batch in producer.AnswersAsync(cancellation).ConfigureAwait(false))
            {
                (long Offset, long Line) mark = default;
                for (var index = 0; index < batch.Count; index++)
                    _marks.TryDequeue(out mark);
                place.Store(batch, stream.AnswerSize, source.Key, MarkOf(source, mark));
                _counts.Add(batch.Count, place.Position);
                _counts.Offset = mark.Offset;
            }
        }
        catch (LstmException refusal)
        {
            throw place.Explain(refusal);
        }
        finally
        {
            // Not awaited: where the run failed, the feeding task may hang in a pipe that gives nothing.
            await stop.CancelAsync().ConfigureAwait(false);
        }

        place.StoreConsumed(source.Key, MarkOf(source, _consumed));
        if (_stopped is not null)
            throw new CommandException($"{_stopped} Everything before it is applied and stored (position {place.Position}).");
    }

    private async Task FeedAsync(StreamProducer producer, RowReader rows, long next, CancellationToken cancellation)
    {
        try
        {
            while (await rows.ReadAsync(cancellation).ConfigureAwait(false) is { } row)
            {
                if (row.Problem is not null)
                {
                    if (!Skip(rows, row))
                        break;
                }
                else if (row.Position < next)
                {
                    _counts.Repeated++;
                }
                else if (row.Position > next)
                {
                    _stopped = Missing(rows, row, next);
                    break;
                }
                else
                {
                    // Before the row is queued: its answer may be there before this task goes on.
                    _marks.Enqueue((rows.Offset, rows.Line));
                    await producer.WriteAsync(row.Values, cancellation).ConfigureAwait(false);
                    next++;
                }

                _consumed = (rows.Offset, rows.Line);
            }

            producer.Complete();
        }
        catch (Exception error)
        {
            producer.Complete(error);
        }
    }

    private bool Skip(RowReader rows, Row row)
    {
        if (!_options.SkipInvalid)
        {
            _stopped = Broken(rows, row);
            return false;
        }

        if (_counts.Skipped++ < MostNotes)
            _note($"skipped {rows.Source.Name}:{row.Line}: {row.Problem}");
        return true;
    }

    private static InputMark MarkOf(RowSource source, (long Offset, long Line) mark) =>
        new(mark.Offset, mark.Line, source.Tail(mark.Offset));

    private static void RequireFirstRow(IngestOptions options, RowReader rows, long next)
    {
        const string Nothing = " Nothing was sent; the stream was not opened.";
        if (rows.First is not { } first)
            return;
        if (first.Problem is not null && !options.SkipInvalid)
            throw new CommandException(Broken(rows, first) + Nothing);
        if (first.Position > next)
            throw new CommandException(Missing(rows, first, next) + Nothing);
    }

    private static string Broken(RowReader rows, Row row) =>
        $"{rows.Source.Name}:{row.Line}: {row.Problem} Mend the row, or leave such rows out with --on-invalid skip.";

    private static string Missing(RowReader rows, Row row, long next) =>
        $"{rows.Source.Name}:{row.Line}: the row has position {row.Position}, but {next} comes next: events are missing. "
            + "Send the missing ones first.";

    private static RowSpec Spec(IngestOptions options, ModelView? model)
    {
        if (model is { Streamable: false })
        {
            throw new CommandException($"Model '{options.Model}' is bidirectional: its backward direction needs the end of the sequence, "
                + "and a stream has none. Use lstm forward, or a model of one direction.");
        }

        return new RowSpec
        {
            Json = options.Json,
            Columns = options.Columns,
            FeatureNames = model?.FeatureNames ?? [],
            InputSize = model?.InputSize,
            Model = $"model '{options.Model}'",
            PositionColumn = options.PositionColumn,
        };
    }
}
