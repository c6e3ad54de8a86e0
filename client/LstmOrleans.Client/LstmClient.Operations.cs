using System.Runtime.CompilerServices;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Tracing;

namespace LstmOrleans.Client;

public sealed partial class LstmClient
{
    /// <summary>Begins a stream anew at position 0 with h = c = 0 and the same model. Its state, kept answers and session are gone.</summary>
    /// <param name="key">The stream's key.</param>
    /// <param name="incarnation">The life that is to end.</param>
    /// <param name="position">Where the caller knows it to stand; elsewhere, nothing is done.</param>
    /// <param name="newIncarnation">
    /// The operation's id and the new life's incarnation: store it before the call. A repeat with the same id finds it done, does nothing, and so
    /// never destroys newer events.
    /// </param>
    /// <param name="cancellation">Ends the wait; the operation may have been done.</param>
    /// <returns>The new life.</returns>
    /// <exception cref="LstmException">StaleIncarnation, Gap (it stands elsewhere: <see cref="LstmException.Position"/>), Closed, NotOpen ...</exception>
    public Task<OperationAnswer> ResetAsync(string key, ulong incarnation, long position, ulong newIncarnation, CancellationToken cancellation = default) =>
        RunAsync(Grain(key), grain => grain.Reset(new ResetRequest { Key = key, NewIncarnation = newIncarnation, Incarnation = incarnation, Position = position }), cancellation);

    /// <summary>Ends a stream. A tombstone with its last position stays for a time; reopening names its incarnation (<see cref="OpenAsync"/>).</summary>
    /// <param name="key">The stream's key.</param>
    /// <param name="incarnation">The life that is to end. The tombstone keeps it, and so a repeat does nothing.</param>
    /// <param name="position">Where the caller knows it to stand; elsewhere, nothing is done.</param>
    /// <param name="cancellation">Ends the wait; the operation may have been done.</param>
    /// <exception cref="LstmException">StaleIncarnation, Gap (it stands elsewhere), NotOpen ...</exception>
    public Task<OperationAnswer> CloseAsync(string key, ulong incarnation, long position, CancellationToken cancellation = default) =>
        RunAsync(Grain(key), grain => grain.Close(new CloseRequest { Key = key, Incarnation = incarnation, Position = position }), cancellation);

    /// <summary>Copies a stream's durable state, bit for bit, to a new stream without session and kept answers. The source stays as it is.</summary>
    /// <param name="key">The source's key.</param>
    /// <param name="target">The new stream's key.</param>
    /// <param name="incarnation">The source's incarnation.</param>
    /// <param name="position">The durable position that is to be copied; if the source stands elsewhere, nothing is done.</param>
    /// <param name="newIncarnation">The operation's id and the new stream's incarnation: store it before the call. A repeat does nothing.</param>
    /// <param name="cancellation">Ends the wait; the operation may have been done.</param>
    /// <returns>The new stream.</returns>
    /// <exception cref="LstmException">AlreadyOpen (the target is another stream), StaleIncarnation, Gap (the source stands elsewhere), NotOpen ...</exception>
    public Task<OperationAnswer> ForkAsync(
        string key, string target, ulong incarnation, long position, ulong newIncarnation, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        return RunAsync(Grain(key), grain => grain.Fork(new ForkRequest
        {
            Key = key,
            Target = target,
            NewIncarnation = newIncarnation,
            Incarnation = incarnation,
            Position = position,
        }), cancellation);
    }

    /// <summary>Reads a stream's durable state as the bytes of a <see cref="StreamSnapshot"/>.</summary>
    /// <param name="key">The stream's key.</param>
    /// <param name="incarnation">The incarnation the caller believes in; absent = any.</param>
    /// <param name="position">Where the caller knows it to stand; absent = wherever it stands.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="LstmException">StaleIncarnation, Gap (it stands elsewhere), Closed, NotOpen ...</exception>
    public async Task<ExportAnswer> ExportAsync(string key, ulong? incarnation = null, long? position = null, CancellationToken cancellation = default)
    {
        var (grain, request) = (Grain(key), new ExportRequest { Key = key, Incarnation = incarnation, Position = position });
        var answer = await _calls.RunAsync(() => grain.Export(request), answer => (answer.Status, answer.Detail), cancellation).ConfigureAwait(false);
        return answer.Status == StreamStatus.Ok
            ? answer
            : throw new LstmException(answer.Status, answer.Detail) { Position = answer.Position, Incarnation = answer.Incarnation };
    }

    /// <summary>Makes a stream from what <see cref="ExportAsync"/> gave, under any key that is absent so far.</summary>
    /// <param name="key">The new stream's key.</param>
    /// <param name="snapshot">The bytes; checked here before they are sent.</param>
    /// <param name="newIncarnation">The operation's id and the new stream's incarnation: store it before the call. A repeat does nothing.</param>
    /// <param name="model">The model the caller expects, a name or a hash; absent = the snapshot's.</param>
    /// <param name="cancellation">Ends the wait; the operation may have been done.</param>
    /// <exception cref="LstmException">Damaged, AlreadyOpen (the key is another stream's), Invalid (another model), ModelUnavailable ...</exception>
    public Task<OperationAnswer> ImportAsync(
        string key, ReadOnlyMemory<byte> snapshot, ulong newIncarnation, string? model = null, CancellationToken cancellation = default)
    {
        try
        {
            StreamSnapshot.Read(snapshot.Span);
        }
        catch (StreamRecordException damage)
        {
            throw new LstmException(StreamStatus.Damaged, damage.Message, damage);
        }

        return RunAsync(
            Grain(key), grain => grain.Import(new ImportRequest { Key = key, NewIncarnation = newIncarnation, Snapshot = snapshot, Model = model }), cancellation);
    }

    private IStreamGrain Grain(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return _grains.GetGrain<IStreamGrain>(key);
    }

    private async Task<OperationAnswer> RunAsync(
        IStreamGrain grain, Func<IStreamGrain, Task<OperationAnswer>> call, CancellationToken cancellation, [CallerMemberName] string method = "")
    {
        string span = $"{nameof(IStreamGrain)}/{method.Replace("Async", "", StringComparison.Ordinal)}";
        var answer = await _calls.RunAsync(
            () => LstmTracing.CallAsync(span, (Grain: grain, Call: call), static made => made.Call(made.Grain)),
            answer => (WithoutModel(answer.Status), answer.Detail), cancellation).ConfigureAwait(false);
        return answer.Status == StreamStatus.Ok
            ? answer
            : throw new LstmException(answer.Status, answer.Detail) { Position = answer.Position, Incarnation = answer.Incarnation };
    }
}
