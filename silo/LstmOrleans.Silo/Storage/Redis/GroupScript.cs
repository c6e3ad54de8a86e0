using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>The script that writes a group of records, each only if its etag is the expected one.</summary>
/// <remarks>
/// <para>KEYS are the records and, where streams appear or vanish, the catalogue. ARGV are the values, then all expected etags as one string (an
/// argument costs more than a piece of a string), then what becomes of the catalogue, then where the stream's own key begins in a key.</para>
/// <para>A stream enters the catalogue before its first state is written and leaves it after the state is gone, in one script: so another silo
/// cannot create it in between, and every prefix of the server's log has each stream with state in the catalogue.</para>
/// <para>What fails at one record, as where somebody else has put a list under its key, fails its own write and no other: an error would end the script between two of its records. What cannot leave the
/// catalogue stays in it without a state, as behind a crash.</para>
/// </remarks>
internal static class GroupScript
{
    // An expected etag of zeros stands for 'no record'. None is ever issued.
    private static readonly byte[] NoRecord = new byte[Etag.Size];

    private const string Source = """
        local K,A,call,pcall,sub=KEYS,ARGV,redis.call,redis.pcall,string.sub
        local n=#A-3
        local E,C,P=A[n+1],A[n+2],tonumber(A[n+3])
        local none,met=string.rep('\0',16),{}
        for i=1,n do
          local k=K[i]
          local e=pcall('GETRANGE',k,'0','15')
          if e=='' then e=none end
          if e==sub(E,16*i-15,16*i) then
            local v=A[i]
            if v=='' then
              call('DEL',k)
              if C~='' and sub(C,i,i)=='-' then pcall('ZREM',K[n+1],sub(k,P)) end
            else
              local r=C~='' and sub(C,i,i)=='+' and pcall('ZADD',K[n+1],'0',sub(k,P))
              if type(r)=='table' then
                met[#met+1]=-i
                met[#met+1]='the catalogue: '..r.err
              else
                call('SET',k,v)
              end
            end
          elseif type(e)=='table' then
            met[#met+1]=-i
            met[#met+1]=e.err
          else
            met[#met+1]=i
            met[#met+1]=e
          end
        end
        return met
        """;

    /// <summary>What EVALSHA calls it by.</summary>
    public static byte[] Hash { get; } = Convert.FromHexString(ScriptHash(Source));

    /// <summary>Makes the server know it; needed again after a restart.</summary>
    public static Task<RedisResult> LoadAsync(IDatabase database) => database.ExecuteAsync("SCRIPT", "LOAD", Source);

    /// <summary>Sends one call for some writes.</summary>
    public static Task<RedisResult> RunAsync(IDatabase database, KeySpace space, ReadOnlySpan<RedisWrite> writes)
    {
        var etags = new byte[writes.Length * Etag.Size];
        var catalogue = Catalogue(writes);
        var keys = new RedisKey[writes.Length + (catalogue.Length > 0 ? 1 : 0)];
        var values = new RedisValue[writes.Length + 3];
        for (var i = 0; i < writes.Length; i++)
        {
            keys[i] = writes[i].Key.Utf8;
            values[i] = writes[i].Value;
            if (writes[i].Expected is { } expected)
                expected.Write(etags.AsSpan(i * Etag.Size));
        }

        if (catalogue.Length > 0)
            keys[^1] = space.Catalogue;
        values[^3] = etags;
        values[^2] = catalogue;
        values[^1] = (space.StreamPrefix.Length + 1).ToString(CultureInfo.InvariantCulture);
        return database.ScriptEvaluateAsync(Hash, keys, values, CommandFlags.DemandMaster);
    }

    /// <summary>Which writes changed nothing, and why: pairs of the number of a write, negative where an error follows, and the etag that it met.</summary>
    public static IEnumerable<RowConflict> Conflicts(RedisResult result)
    {
        var met = (RedisResult[])result!;
        for (var i = 0; i < met.Length; i += 2)
        {
            var (number, what) = ((int)met[i], (byte[])met[i + 1]!);
            yield return number < 0 ? new(-number - 1, null, Encoding.UTF8.GetString(what))
                : new(number - 1, what.AsSpan().SequenceEqual(NoRecord) ? null : what, null);
        }
    }

    private static byte[] Catalogue(ReadOnlySpan<RedisWrite> writes)
    {
        byte[] changes = [];
        for (var i = 0; i < writes.Length; i++)
        {
            if (!writes[i].Key.IsStream || (!writes[i].IsClear && writes[i].Expected is not null))
                continue;
            if (changes.Length == 0)
            {
                changes = new byte[writes.Length];
                changes.AsSpan().Fill((byte)'=');
            }

            changes[i] = writes[i].IsClear ? (byte)'-' : (byte)'+';
        }

        return changes;
    }

    // The protocol names scripts by SHA-1; nothing is secured by it.
#pragma warning disable CA5350
    private static string ScriptHash(string source) => Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(source)));
#pragma warning restore CA5350
}
