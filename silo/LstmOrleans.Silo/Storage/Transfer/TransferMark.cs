using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LstmOrleans.Silo.Storage.Transfer;

/// <summary>What a store remembers of a copy from it or into it.</summary>
/// <param name="Id">Of the copy; both stores have it.</param>
/// <param name="Other">The other store, for people.</param>
/// <param name="At">When this was written.</param>
/// <param name="IsDone">Of the source: its streams live in the other store now. Of the target: it has all of them.</param>
internal sealed record TransferMark(Guid Id, string Other, DateTimeOffset At, bool IsDone)
{
    /// <summary>The day and minute, in UTC.</summary>
    [JsonIgnore]
    public string Time => At.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>The stored form, JSON.</summary>
    public string Write() => JsonSerializer.Serialize(this);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="StorageOpenException">It is something else.</exception>
    public static TransferMark Read(string text, string location)
    {
        try
        {
            return JsonSerializer.Deserialize<TransferMark>(text) is { Id: var id, Other: not null } mark && id != Guid.Empty ? mark : throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            // Whether these streams live elsewhere is not known, so nobody may go on with them.
            throw new StorageOpenException($"{location}: its note about a copy is damaged ({e.Message}). Restore it from a backup.", e);
        }
    }
}

/// <summary>Both notes of a store; null where it has none.</summary>
/// <param name="Outgoing">Of the last copy from it.</param>
/// <param name="Incoming">Of the copy that filled it.</param>
internal sealed record TransferMarks(TransferMark? Outgoing, TransferMark? Incoming)
{
    /// <summary>Whether its streams live in another store.</summary>
    public bool IsMoved => Outgoing is { IsDone: true };

    /// <summary>Whether it may lack streams of its source.</summary>
    public bool IsUnfinished => Incoming is { IsDone: false };

    /// <summary>Refuses a store that must not serve.</summary>
    /// <param name="location">The store for people.</param>
    /// <param name="address">The store as a command line names it, without a password.</param>
    /// <exception cref="StorageOpenException">Its streams live elsewhere, or not all of them are here.</exception>
    public void RequireServable(string location, string address)
    {
        if (IsMoved)
        {
            throw new StorageOpenException(
                $"{location} was moved to {Outgoing!.Other} on {Outgoing.Time}: its streams go on there, and what is here is old. Start the server on that store, or, to give up "
                + $"what happened there, take this one back (lstm store unmark --store {address}).");
        }

        if (IsUnfinished)
        {
            throw new StorageOpenException(
                $"{location} is the target of a copy from {Incoming!.Other} that began on {Incoming.Time} and did not end: streams may be missing. Run that copy again (lstm store copy), "
                + "or start the server on the store that it came from.");
        }
    }
}
