using LstmOrleans.Client;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Faults.Producers;

/// <summary>A producer of other events on a stream that has one: it must be refused, always.</summary>
/// <remarks>It sends what was acknowledged already, and what comes after it in the same call. Its calls go past the ledger: what they changed would be
/// found in the stream.</remarks>
internal sealed class SecondProducer(ProducerContext context, int stream)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task RunAsync(long end, CancellationToken cancellation)
    {
        var (calls, ledger) = (new StreamCalls(context, stream), context.Ledgers[stream]);
        bool isFenced = ProducerContext.HasSession(stream);
        if (isFenced)
            await OpenAsync(cancellation);
        for (int count = 1; Environment.TickCount64 < end && ledger.Broken == null; count = 3 - count)
        {
            long last = ledger.Acknowledged;
            if (last > 0 && await calls.SendUnnoticedAsync(last, count, Others(last, count), Patience, cancellation) is { } answer && !answer.Status.IsRetryable())
                Judge(answer, isFenced, last, count);
            await Task.Delay(50, cancellation);
        }
    }

    private async Task OpenAsync(CancellationToken cancellation)
    {
        var events = context.Events(stream);
        try
        {
            await using var session = await context.Sessions.OpenSessionAsync(events.Key, FaultModel.Name, new StreamSessionOptions
            {
                Incarnation = events.Incarnation,
                Session = events.Session ^ 1,
                Mode = ProducerContext.ModeOf(stream),
            }, cancellation);
            Break("gave a second producer a session beside the first");
        }
        catch (LstmException exception) when (exception.Status == StreamStatus.Fenced)
        {
            context.Counters.AddRefusedSecond();
        }
        catch (LstmException exception) when (exception.Status.IsRetryable())
        {
            // The cluster may be in trouble; the calls follow.
        }
    }

    private void Judge(StepAnswer answer, bool isFenced, long first, int count)
    {
        switch (answer.Status)
        {
            case StreamStatus.Fenced when isFenced:
            case StreamStatus.Conflict when !isFenced:
                context.Counters.AddRefusedSecond();
                break;
            // The stream's own producer has confirmed these meanwhile, so that nobody looks at their inputs any more.
            case StreamStatus.Duplicate when !isFenced && answer.Answers.IsEmpty:
            // Checkpointed, fallen back since.
            case StreamStatus.Gap when ProducerContext.IsCheckpointed(stream):
                break;
            default:
                context.Ledgers[stream].AddDoubled(count);
                Break($"answered {answer.Status} at {answer.Position} to a second producer's other inputs at {first} to {first + count - 1}");
                break;
        }
    }

    private void Break(string why)
    {
        context.Options.Log($"stream {stream} {why}");
        context.Ledgers[stream].Break(why);
    }

    // Valid inputs, of another stream.
    private ReadOnlyMemory<byte> Others(long first, int count) => context.Events(stream + 1_000_000).InputBytes(first, count);
}
